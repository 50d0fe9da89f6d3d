// A refusal in the words and with the code of the service that is called.
#pragma once

#include <string>

#include "base/api_error.h"
#include "dispatch/call.h"
#include "lang/policy/evaluate.h"

namespace thimble::services::iam {

/// AccessDenied, AccessDeniedException or AuthorizationError, as the call's service has it.
base::ApiError accessDenied(const dispatch::Call& call, const lang::policy::Request& request,
                            const lang::policy::Evaluation& evaluation);

/// What a service answers when it may not assume the role that it was given.
base::ApiError cannotAssume(const dispatch::RoleToAssume& role);

}  // namespace thimble::services::iam
