// TestEventPattern. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
#include "lang/event_pattern/pattern.h"
#include "services/events/errors.h"
#include "services/events/operations.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using shapes::events::TestEventPattern;

base::Result<TestEventPattern::Output> test(dispatch::Context&, const TestEventPattern::Input& input) {
  const auto event = base::Json::parse(input.Event_);
  const bool whole = event.ok() && event->isObject();
  for (const char* member : {"id", "detail-type", "source", "account", "time", "region"}) {
    if (!whole || !event->contains(member)) return validation("Parameter Event is not valid.");
  }
  const auto pattern = lang::event_pattern::EventPattern::parse(input.EventPattern_);
  if (!pattern.ok()) return invalidPattern(pattern.error().reason);
  TestEventPattern::Output output;
  output.Result_ = pattern->matches(*event);
  return output;
}

}  // namespace

void registerTestEventPattern(dispatch::Registry& registry) {
  registry.add<TestEventPattern>(test);
}

}  // namespace thimble::services::events
