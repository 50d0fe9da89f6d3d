#include "lang/schedule/schedule.h"

#include <charconv>

namespace thimble::lang::schedule {
namespace {

/// What stands between "<name>(" and ")".
std::optional<std::string_view> argument(std::string_view text, std::string_view name) {
  if (text.substr(0, name.size()) != name) return std::nullopt;
  text.remove_prefix(name.size());
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  return text.substr(1, text.size() - 2);
}

/// "1 minute", "5 hours": a unit in the singular goes with 1 only.
std::optional<std::int64_t> parseRate(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 1 || count > 1'000'000'000) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty() || unit[0] != ' ') return std::nullopt;
  unit.remove_prefix(1);
  if (count > 1) {
    if (unit.empty() || unit.back() != 's') return std::nullopt;
    unit.remove_suffix(1);
  }
  if (unit == "minute") return count * 60'000;
  if (unit == "hour") return count * 3'600'000;
  if (unit == "day") return count * 86'400'000;
  return std::nullopt;
}

}  // namespace

std::optional<Schedule> Schedule::parse(std::string_view text) {
  Schedule schedule;
  if (const auto rate = argument(text, "rate")) {
    const auto period = parseRate(*rate);
    if (!period) return std::nullopt;
    schedule.period_ = *period;
    return schedule;
  }
  if (const auto fields = argument(text, "cron")) {
    schedule.cron_ = Cron::parse(*fields);
    if (schedule.cron_) return schedule;
  }
  return std::nullopt;
}

std::optional<base::Timestamp> Schedule::next(base::Timestamp time) const {
  return cron_ ? cron_->next(time) : time.plusMilliseconds(period_);
}

}  // namespace thimble::lang::schedule
