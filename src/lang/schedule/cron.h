// AWS's cron expressions: minutes, hours, day of month, month, day of week, year; in UTC.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace thimble::lang::schedule {

class Cron {
 public:
  /// What stands between "cron(" and ")". Nothing when it is not valid; one of the two days has to be "?".
  static std::optional<Cron> parse(std::string_view fields);

  /// The first moment after `time`, or nothing when there is none until 2199.
  std::optional<base::Timestamp> next(base::Timestamp time) const;

 private:
  static constexpr int kFirstYear = 1970;
  static constexpr int kLastYear = 2199;

  struct NthWeekday {
    int weekday = 0;  ///< 0 is Sunday.
    int nth = 0;      ///< 1 to 5; 0 is the last of the month.
  };

  bool parseDayOfMonth(std::string_view text);
  bool parseDayOfWeek(std::string_view text);
  bool dayMatches(int year, unsigned month, unsigned day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     ///< 1 to 31.
  std::bitset<13> months_;   ///< 1 to 12.
  std::bitset<7> weekdays_;  ///< 0 is Sunday.
  std::bitset<kLastYear - kFirstYear + 1> years_;
  bool by_weekday_ = false;               ///< The day of month is "?".
  std::bitset<31> before_last_;           ///< L: 0; L-3: 3.
  bool last_workday_ = false;             ///< LW
  std::vector<int> nearest_workdays_;     ///< 15W
  std::vector<NthWeekday> nth_weekdays_;  ///< 6#3, 6L
};

}  // namespace thimble::lang::schedule
