// Stack policies: which resources an update may touch.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/cloudformation/cloudformation.pb.h"

namespace thimble::services::cloudformation {

/// "Error validating stack policy: Invalid stack policy" when it is none. Empty text is fine.
base::Result<void> checkStackPolicy(const std::string& policy);

/// Refuses an update whose changes the stack's policy (or the one for this update, when not empty) does not allow.
base::Result<void> checkAgainstPolicy(const rows::StackRecord& stack, const std::string& during_update,
                                      const base::Json& changes);

}  // namespace thimble::services::cloudformation
