// A moment in time, and the texts that AWS writes for it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::base {

/// Milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t milliseconds = 0;

  std::int64_t seconds() const { return milliseconds / 1000; }
  auto operator<=>(const Timestamp&) const = default;
  Timestamp plusMilliseconds(std::int64_t amount) const { return {milliseconds + amount}; }
};

/// "2026-11-23T18:51:02.123Z".
std::string formatIso8601Milliseconds(Timestamp time);
/// "2026-11-23T18:51:02Z".
std::string formatIso8601Seconds(Timestamp time);
/// RFC 7231's date: "Mon, 23 Nov 2026 18:51:02 GMT".
std::string formatHttpDate(Timestamp time);
/// SigV4's "20261123T185102Z".
std::string formatBasicIso8601(Timestamp time);

/// Reads ISO 8601 / RFC 3339 with a "Z" or "+hh:mm" offset and optional fraction (beyond milliseconds is cut).
std::optional<Timestamp> parseIso8601(std::string_view text);
/// Reads RFC 7231's date in its preferred form.
std::optional<Timestamp> parseHttpDate(std::string_view text);
/// Reads SigV4's basic form.
std::optional<Timestamp> parseBasicIso8601(std::string_view text);

}  // namespace thimble::base
