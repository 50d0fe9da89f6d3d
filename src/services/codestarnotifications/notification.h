// The message of a notification. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace thimble::services::codestarnotifications {

/// What SNS gets for an event as EventBridge delivers it. `full`: of the detail type FULL, which adds what more is
/// known of a failure or an approval.
std::string notificationMessage(const base::Json& event, const std::string& rule_arn, bool full);

/// The text of a comment is not in its event. What CodeCommit is to be asked for it, {"operation", "input"}; null for
/// other events.
base::Json commentQuestion(const base::Json& event);
/// The message with what CodeCommit answered: the comments of the thread up to the event's, and what they are about.
std::string withComments(const std::string& message, const base::Json& event, const base::Json& answer);

}  // namespace thimble::services::codestarnotifications
