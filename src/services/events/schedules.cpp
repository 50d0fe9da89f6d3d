#include "services/events/schedules.h"

#include "dispatch/event_outbox.h"
#include "lang/schedule/schedule.h"
#include "services/events/routing.h"

namespace thimble::services::events {
namespace {

constexpr std::string_view kTimer = "next";

}  // namespace

void rescheduleRule(dispatch::Context& context, const Bus& bus, const std::string& rule) {
  context.signal({std::string(kScheduleKind), bus.ruleArn(rule)}, base::Json());
}

void Schedules::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type != Type::Signal && input.type != Type::Timer) return;
  const auto named = ruleOfArn(context.self().id);
  if (!named) return;
  const Bus& bus = named->bus;
  const auto rule = kRules.get(context.transaction(), bus.account, bus.region, bus.name, named->name);
  const auto schedule = rule ? lang::schedule::Schedule::parse(rule->schedule()) : std::nullopt;
  if (!schedule || rule->state() == "DISABLED") {
    context.cancelTimer(kTimer);
    return;
  }
  const base::Timestamp now = context.now();
  base::Timestamp due = now;
  if (input.type == Type::Timer) {
    due = base::Timestamp{input.payload["due"].isInt() ? input.payload["due"].asInt() : now.milliseconds};
    const dispatch::Event event{bus.account, bus.region, "aws.events", "Scheduled Event", {context.self().id}, {}};
    deliverToTargets(context, bus, *rule, dispatch::eventDocument(event, context.random().uuid(), due));
  }
  // A rate keeps its beat; what was missed while the server was down is made up for once, not for each time.
  auto next = schedule->next(due);
  if (next && *next <= now) next = schedule->next(now);
  if (next) context.scheduleTimer(kTimer, *next, base::Json::object({{"due", next->milliseconds}}));
}

}  // namespace thimble::services::events
