// Stands in for EventBridge in the tests of services that emit events.
#pragma once

#include <string>
#include <vector>

#include "dispatch/event_outbox.h"
#include "dispatch/testing/test_world.h"

namespace thimble::dispatch {

/// Wants every event of account 000000000000 in us-east-1 and notes it once its cause is committed. Made before the
/// world starts; after crash() `listen` is called again.
class EventRecorder final : public ProcessKind {
 public:
  explicit EventRecorder(TestWorld& world) { listen(world); }
  void listen(TestWorld& world);
  void decide(ProcessContext& context, const ProcessInput& input) override;

  /// In the order of their commits; as eventDocument shows them.
  const std::vector<base::Json>& events() const { return events_; }
  /// Those of one detail-type.
  std::vector<base::Json> events(const std::string& detail_type) const;

 private:
  std::vector<base::Json> events_;
};

}  // namespace thimble::dispatch
