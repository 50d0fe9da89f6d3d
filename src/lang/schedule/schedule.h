// Schedule: when a scheduled rule runs.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "lang/schedule/cron.h"

namespace thimble::lang::schedule {

class Schedule {
 public:
  /// Reads "rate(5 minutes)" or "cron(0 18 ? * MON-FRI *)"; nothing when the text is neither.
  static std::optional<Schedule> parse(std::string_view text);

  /// The first moment after `time`; a rate counts from `time` itself. Nothing when there is none any more.
  std::optional<base::Timestamp> next(base::Timestamp time) const;

 private:
  std::int64_t period_ = 0;  ///< Of a rate, in milliseconds.
  std::optional<Cron> cron_;
};

}  // namespace thimble::lang::schedule
