// From an event to the targets of the rules that want it: durable processes.
#pragma once

#include <string_view>

#include "dispatch/process.h"

namespace thimble::services::codestarnotifications {

/// Takes up an event of the outbox and starts a delivery for each target. Its name: dispatch::kNotificationKind.
class EventTaking final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

inline constexpr std::string_view kDeliveryKind = "codestarnotifications.delivery";

/// One message to one topic, at least once: tried again for about a day while the topic cannot take it.
class Delivery final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::codestarnotifications
