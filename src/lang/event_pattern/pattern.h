// EventPattern: which events a rule takes.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace thimble::lang::event_pattern {

/// Longest text of a pattern, in bytes.
inline constexpr std::size_t kMaxPatternBytes = 64 * 1024;
/// Most nested objects.
inline constexpr int kMaxPatternDepth = 100;

/// Why a text is no pattern, as AWS says behind "Event pattern is not valid. Reason: ".
struct PatternError {
  std::string reason;
};

struct PatternNode;

class EventPattern {
 public:
  static base::Result<EventPattern, PatternError> parse(std::string_view text);

  /// Whether the event (an object) has every field that the pattern names, with a value that it allows.
  bool matches(const base::Json& event) const;

  /// The values of "source" that an event must have one of to match; {"*"} when the pattern does not pin it down.
  std::set<std::string> sources() const;

 private:
  std::shared_ptr<const PatternNode> root_;
};

}  // namespace thimble::lang::event_pattern
