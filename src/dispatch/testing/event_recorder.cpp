#include "dispatch/testing/event_recorder.h"

namespace thimble::dispatch {

void EventRecorder::listen(TestWorld& world) {
  world.kernel().addKind(std::string(kEventKind), *this);
  world.environment().store.transact(
      [](store::Transaction& transaction) { setWantedSources(transaction, "000000000000", "us-east-1", {"*"}); });
}

void EventRecorder::decide(ProcessContext& context, const ProcessInput& input) {
  if (input.type == ProcessInput::Type::Start) {
    context.scheduleContinue(input.payload);
  } else if (input.type == ProcessInput::Type::Continue) {
    context.transaction().onCommitted([this, event = input.payload] { events_.push_back(event); });
  }
}

std::vector<base::Json> EventRecorder::events(const std::string& detail_type) const {
  std::vector<base::Json> out;
  for (const base::Json& event : events_) {
    if (event.stringAt("detail-type") == detail_type) out.push_back(event);
  }
  return out;
}

}  // namespace thimble::dispatch
