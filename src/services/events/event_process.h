// Takes events out of the durable outbox, and those of PutEvents, to their rules.
#pragma once

#include "dispatch/process.h"
#include "services/events/pattern_cache.h"

namespace thimble::services::events {

/// The kind dispatch::kEventKind.
class EventProcess final : public dispatch::ProcessKind {
 public:
  /// `patterns` is borrowed.
  explicit EventProcess(PatternCache& patterns) : patterns_(patterns) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  PatternCache& patterns_;
};

}  // namespace thimble::services::events
