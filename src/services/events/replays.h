// Replays: a durable process each, which sends archived events to their bus again.
#pragma once

#include <string_view>

#include "dispatch/process.h"
#include "services/events/pattern_cache.h"

namespace thimble::services::events {

/// Id: the replay's ARN.
inline constexpr std::string_view kReplayKind = "events.replay";

class Replays final : public dispatch::ProcessKind {
 public:
  /// `patterns` is borrowed.
  explicit Replays(PatternCache& patterns) : patterns_(patterns) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  PatternCache& patterns_;
};

}  // namespace thimble::services::events
