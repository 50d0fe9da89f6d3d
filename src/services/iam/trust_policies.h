// What a role's trust policy may say.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/context.h"

namespace thimble::services::iam {

/// MalformedPolicyDocument when it is no trust policy, or names a user or role of this account that does not exist;
/// LimitExceeded when it is too long.
base::Result<void> checkTrustPolicy(dispatch::Context& context, const std::string& document);

}  // namespace thimble::services::iam
