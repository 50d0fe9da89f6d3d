// The processes behind event source mappings. Internal to the service.
#pragma once

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"

namespace thimble::services::lambda {

/// Payload of the signal that tells a mapping's process to look at its mapping again.
base::Json mappingChanged();

/// Reads a stream of a table, invokes the function, keeps its place. A reading is over when all its lanes are
/// (ParallelizationFactor); the next begins then.
class StreamSource final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

/// Receives from a queue, invokes the function with several batches at a time, deletes what was processed.
class QueueSource final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

/// The operations, which look at sources through the doorway.
class EventSources {
 public:
  void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel);
  /// Before the first call.
  void start(dispatch::Doorway& doorway) { doorway_ = &doorway; }
  dispatch::Doorway& doorway() { return *doorway_; }

 private:
  dispatch::Doorway* doorway_ = nullptr;
  StreamSource streams_;
  QueueSource queues_;
};

}  // namespace thimble::services::lambda
