// One delivery of one event to one target: a durable process, at least once, with retries and a dead-letter queue.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
#pragma once

#include <string>
#include <string_view>

#include "dispatch/process.h"
#include "services/events/tables.h"

namespace thimble::services::events {

inline constexpr std::string_view kDeliveryKind = "events.delivery";

class Deliveries final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  void attempt(dispatch::ProcessContext& context, const rows::Delivery& delivery);
  void finished(dispatch::ProcessContext& context, rows::Delivery& delivery, const dispatch::CallOutcome& outcome);
  void failed(dispatch::ProcessContext& context, rows::Delivery& delivery, const std::string& code,
              const std::string& message, bool may_retry);
  /// No further try: on to the dead-letter queue, when there is one.
  void giveUp(dispatch::ProcessContext& context, rows::Delivery& delivery);
};

}  // namespace thimble::services::events
