// What the worker of an action's job may do: read the action's input artifacts and write its output artifacts.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/authorization.h"
#include "platform/random.h"
#include "services/codepipeline/actions/action.h"
#include "store/store.h"

namespace thimble::services::codepipeline {

/// As whom CodePipeline assumes roles.
inline constexpr const char* kPrincipal = "codepipeline.amazonaws.com";

/// Credentials of the role, as CodePipeline assumes it, that are limited to the artifacts of `input`. An error when the
/// role cannot be assumed.
base::Result<JobCredentials> issueJobCredentials(store::Transaction& transaction, dispatch::Authorizer& authorizer,
                                                 platform::Random& random, base::Timestamp now,
                                                 const std::string& role_arn, const ActionInput& input);

}  // namespace thimble::services::codepipeline
