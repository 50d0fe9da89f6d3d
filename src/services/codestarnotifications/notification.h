// The message of a notification. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace thimble::services::codestarnotifications {

/// What SNS gets for an event as EventBridge delivers it. `full`: of the detail type FULL, which adds what more is
/// known of a failure or an approval.
std::string notificationMessage(const base::Json& event, const std::string& rule_arn, bool full);

}  // namespace thimble::services::codestarnotifications
