#include "services/logs/event_key.h"

#include <charconv>
#include <cstdio>

#include "base/encoding.h"
#include "store/key.h"

namespace thimble::services::logs {
namespace {

std::string padded(std::int64_t number, std::size_t digits) {
  std::string text = std::to_string(number < 0 ? 0 : number);
  return text.size() >= digits ? text : std::string(digits - text.size(), '0') + text;
}

}  // namespace

EventPosition positionOfKey(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();  // The table.
  reader.text();  // The stream.
  EventPosition position;
  position.timestamp = reader.number().value_or(0);
  position.sequence = reader.number().value_or(0);
  return position;
}

std::string writeToken(const EventToken& token) {
  return std::string(token.forward ? "f/" : "b/") + padded(token.position.timestamp, 28) +
         padded(token.position.sequence + 1, 28) + "/s";
}

std::optional<EventToken> readToken(std::string_view text) {
  if (text.size() != 60 || (text[0] != 'f' && text[0] != 'b') || text[1] != '/' || !text.ends_with("/s")) {
    return std::nullopt;
  }
  EventToken token;
  token.forward = text[0] == 'f';
  const auto read = [](std::string_view digits, std::int64_t& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() && number >= 0;
  };
  if (!read(text.substr(2, 28), token.position.timestamp)) return std::nullopt;
  if (!read(text.substr(30, 28), token.position.sequence)) return std::nullopt;
  --token.position.sequence;
  return token;
}

std::string eventId(std::string_view stream_id, const EventPosition& position) {
  return padded(position.timestamp, 20) + padded(position.sequence, 26) + padded(base::crc32(stream_id), 10);
}

}  // namespace thimble::services::logs
