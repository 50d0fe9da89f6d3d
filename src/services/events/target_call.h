// The call that takes an event to a target. Pure.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "dispatch/call.h"

namespace thimble::services::events {

struct TargetRequest {
  std::string account;  ///< Of the rule.
  std::string region;   ///< Of the rule.
  std::string rule_arn;
  std::string delivery_id;  ///< The same for each try, so that a target that knows idempotence acts once.
  base::Json target;        ///< API's Target.
  base::Json event;
  std::string input;       ///< What the target gets (target_input.h).
  std::string log_stream;  ///< Of a log group: the stream that was made for this delivery; empty: make it first.
  base::Timestamp now;
};

/// Errors: ValidationException for what is no target of EventBridge's or lacks what its kind needs; NotImplemented for
/// kinds that Thimble has not.
base::Result<void> checkTargetArn(const base::Json& target);

/// Only for targets that checkTargetArn let through.
dispatch::Call targetCall(const TargetRequest& request);

/// Sends a message to a queue, as EventBridge itself.
dispatch::Call queueCall(const TargetRequest& request, const std::string& queue_arn, const std::string& body,
                         const base::Json& attributes);

/// A log group is reached by two calls, the first of which makes a stream.
bool isLogGroup(const base::Json& target);

}  // namespace thimble::services::events
