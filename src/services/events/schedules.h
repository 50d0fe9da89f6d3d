// Scheduled rules: a durable process each, which waits for its next moment.
#pragma once

#include <string>
#include <string_view>

#include "dispatch/context.h"
#include "dispatch/process.h"
#include "services/events/names.h"

namespace thimble::services::events {

/// Id: the rule's ARN.
inline constexpr std::string_view kScheduleKind = "events.schedule";

/// After each change of a rule: it waits for its next moment, or for none when it is disabled or deleted or has no
/// schedule.
void rescheduleRule(dispatch::Context& context, const Bus& bus, const std::string& rule);

class Schedules final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::events
