#include "services/events/event_process.h"

#include "services/events/routing.h"

namespace thimble::services::events {

void EventProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type == Type::Start) {
    // Within the emitter's transaction, which must not come to depend on the rules.
    context.scheduleContinue(input.payload);
  } else if (input.type == Type::Continue) {
    const base::Json& event = input.payload;
    routeEvent(context, patterns_, {event.stringAt("account"), event.stringAt("region"), std::string(kDefaultBus)},
               {event, {}});
  }
}

}  // namespace thimble::services::events
