// Local time in a time zone, by the rules of a TZif file (RFC 9636), as machines have them under /usr/share/zoneinfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace thimble::lang::schedule {

class TimeZone {
 public:
  /// Always the same offset from UTC, in milliseconds; east is positive.
  explicit TimeZone(std::int64_t offset = 0) { rule_.standard = offset; }

  /// The bytes of a TZif file of version 2 or later; nothing when they are none.
  static std::optional<TimeZone> parseFile(std::string_view bytes);
  /// POSIX's form of a rule that repeats each year: "EST5EDT,M3.2.0,M11.1.0".
  static std::optional<TimeZone> parseRule(std::string_view text);

  /// Milliseconds to add to UTC.
  std::int64_t offset(base::Timestamp time) const;

 private:
  /// A moment of each year at which the clocks change.
  struct Change {
    enum class Kind { Weekday, DayOfYear, DayWithoutLeap } kind = Kind::Weekday;
    int month = 0, week = 0, day = 0;
    std::int64_t time = 2LL * 3600 * 1000;  ///< Milliseconds of local time from the day's midnight.
  };
  struct Rule {
    std::int64_t standard = 0;
    bool has_daylight = false;
    std::int64_t daylight = 0;
    Change begin, end;  ///< Of daylight saving time.
  };
  struct Transition {
    std::int64_t time;    ///< Milliseconds, UTC.
    std::int64_t offset;  ///< From then on.
  };

  static std::optional<Rule> readRule(std::string_view text);
  /// Midnight of the change's day, as if local time were UTC, plus its time.
  static std::int64_t moment(const Change& change, int year);

  std::vector<Transition> transitions_;  ///< In the order of time.
  std::int64_t before_ = 0;              ///< The offset before the first of them.
  Rule rule_;                            ///< After the last of them.
};

}  // namespace thimble::lang::schedule
