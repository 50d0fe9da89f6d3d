#include "lang/schedule/time_zone.h"

#include <algorithm>
#include <chrono>

namespace thimble::lang::schedule {
namespace {

using std::chrono::day, std::chrono::month, std::chrono::sys_days, std::chrono::year, std::chrono::year_month_day;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 24LL * 3600 * kSecond;
constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kHeader = 44;
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 40;

std::int64_t daysBefore(int y) {
  return sys_days(year_month_day(year(y), month(1), day(1))).time_since_epoch().count();
}

/// Reads a text from its front.
class Text {
 public:
  explicit Text(std::string_view text) : rest_(text) {}

  bool atEnd() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// "EST" or "<+0330>".
  bool name() {
    std::size_t size = 0;
    if (take('<')) {
      size = rest_.find('>');
      if (size == std::string_view::npos) return false;
      rest_.remove_prefix(size + 1);
      return true;
    }
    while (size < rest_.size() && ((rest_[size] | 0x20) >= 'a' && (rest_[size] | 0x20) <= 'z')) ++size;
    rest_.remove_prefix(size);
    return size >= 3;
  }
  std::optional<int> number() {
    int value = 0;
    std::size_t size = 0;
    for (; size < rest_.size() && size < 4 && rest_[size] >= '0' && rest_[size] <= '9'; ++size) {
      value = value * 10 + (rest_[size] - '0');
    }
    if (size == 0) return std::nullopt;
    rest_.remove_prefix(size);
    return value;
  }
  /// "[+-]hh[:mm[:ss]]" in milliseconds.
  std::optional<std::int64_t> duration() {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int64_t seconds = 0;
    std::int64_t unit = 3600;
    do {
      const auto part = number();
      if (!part) return std::nullopt;
      seconds += *part * unit;
      unit /= 60;
    } while (unit > 0 && take(':'));
    return (negative ? -seconds : seconds) * kSecond;
  }

 private:
  std::string_view rest_;
};

/// Big-endian integers, in the order of the file.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  std::size_t left() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }
  void skip(std::size_t size) { rest_.remove_prefix(std::min(size, rest_.size())); }
  std::int64_t integer(std::size_t size) {
    std::uint64_t value = size < 8 && !rest_.empty() && (rest_[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(rest_[i]);
    skip(size);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::string_view rest_;
};

struct Counts {
  std::size_t utc, standard, leaps, times, types, characters;
};

std::optional<Counts> readHeader(Bytes& bytes) {
  if (bytes.left() < kHeader || bytes.rest().substr(0, 4) != "TZif" || bytes.rest()[4] < '2') return std::nullopt;
  bytes.skip(20);
  std::size_t counts[6];
  for (std::size_t& count : counts) {
    const std::int64_t value = bytes.integer(4);
    if (value < 0 || value > static_cast<std::int64_t>(kMostBytes)) return std::nullopt;
    count = static_cast<std::size_t>(value);
  }
  return Counts{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

}  // namespace

std::optional<TimeZone::Rule> TimeZone::readRule(std::string_view given) {
  Text text(given);
  Rule rule;
  if (!text.name()) return std::nullopt;
  const auto standard = text.duration();
  if (!standard) return std::nullopt;
  // POSIX counts to the west.
  rule.standard = -*standard;
  if (text.atEnd()) return rule;
  rule.has_daylight = true;
  rule.daylight = rule.standard + 3600 * kSecond;
  if (!text.name()) return std::nullopt;
  if (!text.take(',')) {
    const auto daylight = text.duration();
    if (!daylight || !text.take(',')) return std::nullopt;
    rule.daylight = -*daylight;
  }
  const auto change = [&text](Change& out) {
    if (text.take('M')) {
      const auto m = text.number();
      if (!m || !text.take('.')) return false;
      const auto week = text.number();
      if (!week || !text.take('.')) return false;
      const auto weekday = text.number();
      if (!weekday || *m < 1 || *m > 12 || *week < 1 || *week > 5 || *weekday > 6) return false;
      out.month = *m;
      out.week = *week;
      out.day = *weekday;
    } else {
      out.kind = text.take('J') ? Change::Kind::DayWithoutLeap : Change::Kind::DayOfYear;
      const auto number = text.number();
      if (!number || *number > 365) return false;
      out.day = *number;
    }
    if (!text.take('/')) return true;
    const auto time = text.duration();
    if (time) out.time = *time;
    return time.has_value();
  };
  if (!change(rule.begin) || !text.take(',') || !change(rule.end) || !text.atEnd()) return std::nullopt;
  return rule;
}

std::int64_t TimeZone::moment(const Change& change, int y) {
  std::int64_t days = daysBefore(y);
  switch (change.kind) {
    case Change::Kind::DayOfYear:
      days += change.day;
      break;
    case Change::Kind::DayWithoutLeap:
      days += change.day - 1 + (year(y).is_leap() && change.day >= 60 ? 1 : 0);
      break;
    case Change::Kind::Weekday: {
      const std::chrono::weekday weekday(static_cast<unsigned>(change.day));
      const month m(static_cast<unsigned>(change.month));
      const sys_days at = change.week == 5 ? sys_days(year(y) / m / weekday[std::chrono::last])
                                           : sys_days(year(y) / m / weekday[static_cast<unsigned>(change.week)]);
      days = at.time_since_epoch().count();
      break;
    }
  }
  return days * kDay + change.time;
}

std::optional<TimeZone> TimeZone::parseRule(std::string_view text) {
  const auto rule = readRule(text);
  if (!rule) return std::nullopt;
  TimeZone zone;
  zone.rule_ = *rule;
  return zone;
}

std::optional<TimeZone> TimeZone::parseFile(std::string_view file) {
  if (file.size() > kMostBytes) return std::nullopt;
  // The first block has times of 32 bits and is there for old readers.
  Bytes bytes(file);
  const auto old = readHeader(bytes);
  if (!old) return std::nullopt;
  bytes.skip(old->times * 5 + old->types * 6 + old->characters + old->leaps * 8 + old->standard + old->utc);
  const auto counts = readHeader(bytes);
  if (!counts || counts->types == 0) return std::nullopt;
  const std::size_t size =
      counts->times * 9 + counts->types * 6 + counts->characters + counts->leaps * 12 + counts->standard + counts->utc;
  if (bytes.left() < size) return std::nullopt;
  TimeZone zone;
  // Some files begin long before the earth.
  for (std::size_t i = 0; i < counts->times; ++i) {
    zone.transitions_.push_back({std::clamp(bytes.integer(8), -kMostSeconds, kMostSeconds) * kSecond, 0});
  }
  std::vector<std::size_t> types(counts->times);
  for (std::size_t& type : types) type = static_cast<std::size_t>(bytes.integer(1) & 0xFF);
  std::vector<std::int64_t> offsets(counts->types);
  for (std::int64_t& offset : offsets) {
    offset = bytes.integer(4) * kSecond;
    bytes.skip(2);
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] >= offsets.size()) return std::nullopt;
    zone.transitions_[i].offset = offsets[types[i]];
  }
  zone.before_ = offsets[0];
  bytes.skip(counts->characters + counts->leaps * 12 + counts->standard + counts->utc);
  std::string_view footer = bytes.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return std::nullopt;
  footer = footer.substr(1, footer.size() - 2);
  const auto rule = readRule(footer);
  if (!rule && !footer.empty()) return std::nullopt;
  if (rule) {
    zone.rule_ = *rule;
  } else {
    zone.rule_.standard = zone.transitions_.empty() ? zone.before_ : zone.transitions_.back().offset;
  }
  return zone;
}

std::int64_t TimeZone::offset(base::Timestamp time) const {
  if (!transitions_.empty() && time.milliseconds < transitions_.back().time) {
    const auto next = std::upper_bound(transitions_.begin(), transitions_.end(), time.milliseconds,
                                       [](std::int64_t at, const Transition& each) { return at < each.time; });
    return next == transitions_.begin() ? before_ : std::prev(next)->offset;
  }
  if (!rule_.has_daylight) return rule_.standard;
  const auto local = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time.milliseconds + rule_.standard)));
  const int y = static_cast<int>(year_month_day(local).year());
  // Each change is told in the local time that it ends.
  const std::int64_t begin = moment(rule_.begin, y) - rule_.standard;
  const std::int64_t end = moment(rule_.end, y) - rule_.daylight;
  const bool daylight = begin < end ? time.milliseconds >= begin && time.milliseconds < end
                                    : time.milliseconds >= begin || time.milliseconds < end;
  return daylight ? rule_.daylight : rule_.standard;
}

}  // namespace thimble::lang::schedule
