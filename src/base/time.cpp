#include "base/time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace thimble::base {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0, weekday = 0;
};

Civil toCivil(Timestamp time) {
  using std::chrono::days, std::chrono::floor, std::chrono::milliseconds, std::chrono::sys_days;
  const std::chrono::sys_time<milliseconds> point{milliseconds(time.milliseconds)};
  const sys_days day = floor<days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count()),
          static_cast<int>(std::chrono::weekday(day).c_encoding())};
}

std::optional<Timestamp> fromCivil(const Civil& civil) {
  const std::chrono::year_month_day date{std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day))};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const auto seconds = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(civil.hour) +
                       std::chrono::minutes(civil.minute) + std::chrono::seconds(civil.second);
  return Timestamp{std::chrono::duration_cast<std::chrono::milliseconds>(seconds).count() + civil.millisecond};
}

/// Reads exactly `count` decimal digits from the front of `text`.
bool takeDigits(std::string_view& text, std::size_t count, int& out) {
  if (text.size() < count) return false;
  out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool takeChar(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

template <class... Args>
std::string format(const char* pattern, Args... args) {
  char buffer[64];
  const int length = std::snprintf(buffer, sizeof buffer, pattern, args...);
  return {buffer, static_cast<std::size_t>(length)};
}

}  // namespace

std::string formatIso8601Milliseconds(Timestamp time) {
  const Civil c = toCivil(time);
  return format("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour, c.minute, c.second,
                c.millisecond);
}

std::string formatIso8601Seconds(Timestamp time) {
  const Civil c = toCivil(time);
  return format("%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string formatHttpDate(Timestamp time) {
  const Civil c = toCivil(time);
  return format("%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[static_cast<std::size_t>(c.weekday)].data(), c.day,
                kMonths[static_cast<std::size_t>(c.month - 1)].data(), c.year, c.hour, c.minute, c.second);
}

std::string formatBasicIso8601(Timestamp time) {
  const Civil c = toCivil(time);
  return format("%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::optional<Timestamp> parseIso8601(std::string_view text) {
  Civil c;
  if (!takeDigits(text, 4, c.year) || !takeChar(text, '-') || !takeDigits(text, 2, c.month) || !takeChar(text, '-') ||
      !takeDigits(text, 2, c.day) || !(takeChar(text, 'T') || takeChar(text, 't')) || !takeDigits(text, 2, c.hour) ||
      !takeChar(text, ':') || !takeDigits(text, 2, c.minute) || !takeChar(text, ':') ||
      !takeDigits(text, 2, c.second)) {
    return std::nullopt;
  }
  if (takeChar(text, '.')) {
    int scale = 100;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      c.millisecond += (text.front() - '0') * scale;
      scale /= 10;
      text.remove_prefix(1);
      ++digits;
    }
    if (digits == 0) return std::nullopt;
  }
  std::int64_t offset_minutes = 0;
  if (!takeChar(text, 'Z') && !takeChar(text, 'z')) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!takeDigits(text, 2, hours)) return std::nullopt;
    takeChar(text, ':');
    if (!takeDigits(text, 2, minutes) || hours > 23 || minutes > 59) return std::nullopt;
    offset_minutes = sign * (hours * 60 + minutes);
  }
  if (!text.empty()) return std::nullopt;
  auto time = fromCivil(c);
  if (time) time->milliseconds -= offset_minutes * 60'000;
  return time;
}

std::optional<Timestamp> parseHttpDate(std::string_view text) {
  if (text.size() < 5 || text.substr(3, 2) != ", ") return std::nullopt;
  text.remove_prefix(5);
  Civil c;
  if (!takeDigits(text, 2, c.day) || !takeChar(text, ' ') || text.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.substr(0, 3) == kMonths[i]) c.month = static_cast<int>(i) + 1;
  }
  text.remove_prefix(3);
  if (!takeChar(text, ' ') || !takeDigits(text, 4, c.year) || !takeChar(text, ' ') || !takeDigits(text, 2, c.hour) ||
      !takeChar(text, ':') || !takeDigits(text, 2, c.minute) || !takeChar(text, ':') ||
      !takeDigits(text, 2, c.second) || text != " GMT") {
    return std::nullopt;
  }
  return fromCivil(c);
}

std::optional<Timestamp> parseBasicIso8601(std::string_view text) {
  Civil c;
  if (!takeDigits(text, 4, c.year) || !takeDigits(text, 2, c.month) || !takeDigits(text, 2, c.day) ||
      !takeChar(text, 'T') || !takeDigits(text, 2, c.hour) || !takeDigits(text, 2, c.minute) ||
      !takeDigits(text, 2, c.second) || text != "Z") {
    return std::nullopt;
  }
  return fromCivil(c);
}

}  // namespace thimble::base
