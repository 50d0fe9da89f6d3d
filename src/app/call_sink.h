// The front door's calls go through the doorway.
#pragma once

#include "dispatch/doorway.h"
#include "wire/front_door/call_sink.h"

namespace thimble::app {

class DoorwaySink final : public wire::CallSink {
 public:
  explicit DoorwaySink(dispatch::Doorway& doorway) : doorway_(doorway) {}
  void call(wire::WireCall call, std::function<void(wire::WireOutcome)> done) override;

 private:
  dispatch::Doorway& doorway_;
};

}  // namespace thimble::app
