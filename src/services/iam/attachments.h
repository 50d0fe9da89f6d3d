// Managed policies attached to users, groups and roles, as permissions or as their boundary. Each is kept on both
// sides: in the principal's row, which decisions read, and in kAttachments, which tells who uses a policy.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/iam/principals.h"

namespace thimble::services::iam {

/// Attaches without a check of the policy or its quota (service-linked roles).
void attach(dispatch::Context& context, Kind kind, rows::Principal& principal, const std::string& policy_arn);

/// NoSuchEntity when there is no such policy.
base::Result<void> setBoundary(dispatch::Context& context, Kind kind, rows::Principal& principal,
                               const std::string& policy_arn);
/// Takes away the policy's side of the boundary; the caller removes or changes the principal.
void dropBoundary(dispatch::Context& context, Kind kind, const rows::Principal& principal);

/// The policies' sides of a principal that gets another name.
void moveAttachments(dispatch::Context& context, Kind kind, const rows::Principal& principal,
                     const std::string& new_name);
/// The policies' sides of a principal that goes away with its policies attached (service-linked roles).
void dropAttachments(dispatch::Context& context, Kind kind, const rows::Principal& principal);

}  // namespace thimble::services::iam
