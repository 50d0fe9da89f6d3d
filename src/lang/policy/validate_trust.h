// IAM's check of a role's trust policy.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace thimble::lang::policy {

/// IAM's message about a trust policy that is JSON, or nothing when a role may have it. Whether the principals of the
/// account exist is the service's to check: see invalidPrincipalMessage.
std::optional<std::string> malformedTrustMessage(const base::Json& document);

/// What IAM says of a principal that does not exist. `kind` is "AWS", "SERVICE" or "Federated".
std::string invalidPrincipalMessage(const std::string& kind, const std::string& principal);

}  // namespace thimble::lang::policy
