#include "lang/schedule/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace thimble::lang::schedule {
namespace {

using std::chrono::day, std::chrono::month, std::chrono::sys_days, std::chrono::year, std::chrono::year_month_day;

constexpr std::size_t kMaxFieldBytes = 512;
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    out.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  out.push_back(text);
  return out;
}

/// What a field's values may be.
struct Domain {
  int low = 0;
  int high = 0;
  const std::string_view* names = nullptr;  ///< Of `low` and those after it.
  std::size_t name_count = 0;

  std::optional<int> value(std::string_view text) const {
    for (std::size_t i = 0; i < name_count; ++i) {
      if (std::equal(text.begin(), text.end(), names[i].begin(), names[i].end(),
                     [](char a, char b) { return (a & ~0x20) == b; })) {
        return low + static_cast<int>(i);
      }
    }
    const auto found = number(text);
    return found && *found >= low && *found <= high ? found : std::nullopt;
  }
};

/// One element of a list: "*", "5", "1-5", "0/15", "*/15", "1-9/2". Calls `add` with each value.
template <class Add>
bool readElement(std::string_view text, const Domain& domain, const Add& add) {
  int step = 1;
  bool stepped = false;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const auto given = number(text.substr(slash + 1));
    if (!given || *given < 1) return false;
    step = *given;
    stepped = true;
    text = text.substr(0, slash);
  }
  int from = domain.low;
  int to = domain.high;
  if (text != "*") {
    const std::size_t dash = text.find('-');
    const auto first = domain.value(text.substr(0, dash));
    if (!first) return false;
    from = *first;
    if (dash != std::string_view::npos) {
      const auto last = domain.value(text.substr(dash + 1));
      if (!last) return false;
      to = *last;
    } else if (!stepped) {
      to = from;
    }
  }
  if (from <= to) {
    for (int value = from; value <= to; value += step) add(value);
  } else {
    // FRI-MON goes around.
    const int span = domain.high - domain.low + 1;
    for (int value = from; value <= to + span; value += step) add((value - domain.low) % span + domain.low);
  }
  return true;
}

template <class Add>
bool readList(std::string_view text, const Domain& domain, const Add& add) {
  const auto elements = split(text, ',');
  return std::all_of(elements.begin(), elements.end(),
                     [&](std::string_view each) { return readElement(each, domain, add); });
}

unsigned lastDayOf(int y, unsigned m) {
  return static_cast<unsigned>(std::chrono::year_month_day_last(year(y), std::chrono::month_day_last(month(m))).day());
}

unsigned weekdayOf(int y, unsigned m, unsigned d) {
  return std::chrono::weekday(sys_days(year_month_day(year(y), month(m), day(d)))).c_encoding();
}

/// The working day nearest to a day, within its month.
unsigned nearestWorkday(int y, unsigned m, unsigned d) {
  const unsigned last = lastDayOf(y, m);
  switch (weekdayOf(y, m, d)) {
    case 6:
      return d > 1 ? d - 1 : d + 2;
    case 0:
      return d < last ? d + 1 : d - 2;
    default:
      return d;
  }
}

}  // namespace

bool Cron::parseDayOfMonth(std::string_view text) {
  for (std::string_view each : split(text, ',')) {
    if (each == "L") {
      before_last_.set(0);
    } else if (each.starts_with("L-")) {
      const auto before = number(each.substr(2));
      if (!before || *before < 0 || *before > 30) return false;
      before_last_.set(static_cast<std::size_t>(*before));
    } else if (each == "LW" || each == "WL") {
      last_workday_ = true;
    } else if (each.size() > 1 && each.back() == 'W') {
      const auto nearest = number(each.substr(0, each.size() - 1));
      if (!nearest || *nearest < 1 || *nearest > 31) return false;
      nearest_workdays_.push_back(*nearest);
    } else if (!readElement(each, {1, 31}, [&](int value) { days_.set(static_cast<std::size_t>(value)); })) {
      return false;
    }
  }
  return true;
}

bool Cron::parseDayOfWeek(std::string_view text) {
  const Domain domain{1, 7, kWeekdays.data(), kWeekdays.size()};
  for (std::string_view each : split(text, ',')) {
    if (each == "L") {
      weekdays_.set(6);  // Saturday, the last day of AWS's week.
    } else if (const std::size_t hash = each.find('#'); hash != std::string_view::npos) {
      const auto weekday = domain.value(each.substr(0, hash));
      const auto nth = number(each.substr(hash + 1));
      if (!weekday || !nth || *nth < 1 || *nth > 5) return false;
      nth_weekdays_.push_back({*weekday - 1, *nth});
    } else if (each.size() > 1 && each.back() == 'L') {
      const auto weekday = domain.value(each.substr(0, each.size() - 1));
      if (!weekday) return false;
      nth_weekdays_.push_back({*weekday - 1, 0});
    } else if (!readElement(each, domain, [&](int value) { weekdays_.set(static_cast<std::size_t>(value - 1)); })) {
      return false;
    }
  }
  return true;
}

std::optional<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::string_view each : split(text, ' ')) {
    if (!each.empty()) fields.push_back(each);
  }
  if (fields.size() != 6 || text.size() > kMaxFieldBytes) return std::nullopt;
  Cron cron;
  const auto set = [](auto& bits, int first) {
    return [&bits, first](int value) { bits.set(static_cast<std::size_t>(value - first)); };
  };
  if (!readList(fields[0], {0, 59}, set(cron.minutes_, 0))) return std::nullopt;
  if (!readList(fields[1], {0, 23}, set(cron.hours_, 0))) return std::nullopt;
  if (!readList(fields[3], {1, 12, kMonths.data(), kMonths.size()}, set(cron.months_, 0))) return std::nullopt;
  if (!readList(fields[5], {kFirstYear, kLastYear}, set(cron.years_, kFirstYear))) return std::nullopt;
  if ((fields[2] == "?") == (fields[4] == "?")) return std::nullopt;
  cron.by_weekday_ = fields[2] == "?";
  if (!(cron.by_weekday_ ? cron.parseDayOfWeek(fields[4]) : cron.parseDayOfMonth(fields[2]))) return std::nullopt;
  return cron;
}

bool Cron::dayMatches(int y, unsigned m, unsigned d) const {
  if (by_weekday_) {
    const unsigned weekday = weekdayOf(y, m, d);
    if (weekdays_.test(weekday)) return true;
    return std::any_of(nth_weekdays_.begin(), nth_weekdays_.end(), [&](const NthWeekday& each) {
      if (static_cast<unsigned>(each.weekday) != weekday) return false;
      return each.nth == 0 ? d + 7 > lastDayOf(y, m) : (d - 1) / 7 + 1 == static_cast<unsigned>(each.nth);
    });
  }
  const unsigned last = lastDayOf(y, m);
  if (days_.test(d) || before_last_.test(last - d)) return true;
  if (last_workday_ && d == nearestWorkday(y, m, last)) return true;
  return std::any_of(nearest_workdays_.begin(), nearest_workdays_.end(), [&](int each) {
    const auto wanted = static_cast<unsigned>(each);
    return wanted <= last && nearestWorkday(y, m, wanted) == d;
  });
}

std::optional<base::Timestamp> Cron::next(base::Timestamp time) const {
  // 1. From the next whole minute on.
  const std::int64_t minute = time.milliseconds >= 0 ? time.milliseconds / 60'000 + 1 : 0;
  sys_days today{std::chrono::days(minute / (24 * 60))};
  auto first_minute = static_cast<std::size_t>(minute % (24 * 60));
  for (;;) {
    const year_month_day date(today);
    const int y = static_cast<int>(date.year());
    if (y > kLastYear) return std::nullopt;
    const auto m = static_cast<unsigned>(date.month());
    // 2. Whole years and months that do not match are passed over.
    if (y < kFirstYear || !years_.test(static_cast<std::size_t>(y - kFirstYear))) {
      today = sys_days(year_month_day(year(y + 1), month(1), day(1)));
      first_minute = 0;
      continue;
    }
    if (!months_.test(m)) {
      today = sys_days(year_month_day(m == 12 ? year(y + 1) : year(y), month(m % 12 + 1), day(1)));
      first_minute = 0;
      continue;
    }
    // 3. The first minute of a day that does.
    if (dayMatches(y, m, static_cast<unsigned>(date.day()))) {
      for (std::size_t at = first_minute; at < 24 * 60; ++at) {
        if (!hours_.test(at / 60) || !minutes_.test(at % 60)) continue;
        return base::Timestamp{(today.time_since_epoch().count() * 24LL * 60 + static_cast<std::int64_t>(at)) * 60'000};
      }
    }
    today += std::chrono::days(1);
    first_minute = 0;
  }
}

}  // namespace thimble::lang::schedule
