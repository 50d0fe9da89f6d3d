// Where an event is in its stream, and the texts made of it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::services::logs {

/// Events of a stream are ordered by their time, then by their arrival.
struct EventPosition {
  std::int64_t timestamp = 0;
  std::int64_t sequence = 0;
  auto operator<=>(const EventPosition&) const = default;
};

/// Reads the position at the end of an event's key.
EventPosition positionOfKey(std::string_view key);

/// GetLogEvents' tokens: "f/..." goes on behind the position, "b/..." before it.
struct EventToken {
  bool forward = true;
  EventPosition position;
};
std::string writeToken(const EventToken& token);
std::optional<EventToken> readToken(std::string_view text);

/// A number that is the event's own, in the length of AWS's.
std::string eventId(std::string_view stream_id, const EventPosition& position);

}  // namespace thimble::services::logs
