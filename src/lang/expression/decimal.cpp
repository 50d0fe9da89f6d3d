#include "lang/expression/decimal.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace thimble::lang::expression {

using base::Result;

namespace {

using Coefficient = Decimal::Coefficient;

constexpr std::array<Coefficient, 39> makePowers() {
  std::array<Coefficient, 39> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr std::array<Coefficient, 39> kPowers = makePowers();

// First byte of the encoded form.
constexpr char kNegative = 0x00;
constexpr char kZero = 0x01;
constexpr char kPositive = 0x02;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

using Wide = __int128;

bool fitsInt(Wide number) {
  return number >= std::numeric_limits<std::int32_t>::min() && number <= std::numeric_limits<std::int32_t>::max();
}

/// What stands behind the "e": a sign and digits. Beyond 64 bits it is not exact, but stays beyond them.
std::optional<Wide> readPower(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  constexpr Wide kEnough = Wide{std::numeric_limits<std::int64_t>::max()} + 2;
  Wide power = 0;
  for (const char c : text) {
    if (!isDigit(c)) return std::nullopt;
    power = std::min(power * 10 + (c - '0'), kEnough);
  }
  return minus ? -power : power;
}

/// Writes the digits, most significant first; returns how many.
int writeDigits(Coefficient coefficient, std::array<char, 40>& out) {
  int count = 0;
  std::array<char, 40> reversed;
  // Most numbers fit 64 bits, where division is far cheaper.
  while (coefficient > std::numeric_limits<std::uint64_t>::max()) {
    reversed[count++] = static_cast<char>(static_cast<int>(coefficient % 10));
    coefficient /= 10;
  }
  for (auto rest = static_cast<std::uint64_t>(coefficient); rest != 0; rest /= 10) {
    reversed[count++] = static_cast<char>(rest % 10);
  }
  for (int i = 0; i < count; ++i) out[i] = reversed[count - 1 - i];
  return count;
}

int countDigits(Coefficient coefficient) {
  return static_cast<int>(std::upper_bound(kPowers.begin(), kPowers.end(), coefficient) - kPowers.begin());
}

}  // namespace

Decimal::Decimal(std::int64_t value) {
  const bool negative = value < 0;
  const auto magnitude = negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  *this = normalise(negative, magnitude, 0).value();
}

Result<Decimal, NumberError> Decimal::normalise(bool negative, Coefficient coefficient, int exponent) {
  Decimal result;
  if (coefficient == 0) return result;
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  const int magnitude = countDigits(coefficient) - 1 + exponent;
  if (magnitude > kMaxMagnitude) return NumberError::Overflow;
  if (magnitude < kMinMagnitude) return NumberError::Underflow;
  if (coefficient >= kPowers[kMaxDigits]) return NumberError::TooManyDigits;
  result.coefficient_ = coefficient;
  result.exponent_ = static_cast<std::int16_t>(exponent);
  result.negative_ = negative;
  return result;
}

Result<Decimal, NumberError> Decimal::parse(std::string_view text, NumberReader reader) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';

  // Significant digits only: leading zeros are dropped, trailing ones counted until another digit follows them.
  Coefficient coefficient = 0;
  std::int64_t kept = 0, pending_zeros = 0, seen = 0, fraction = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!isDigit(c)) break;
    ++seen;
    if (point) ++fraction;
    if (c == '0') {
      if (kept > 0) ++pending_zeros;
      continue;
    }
    kept += pending_zeros + 1;
    if (kept <= kMaxDigits) coefficient = coefficient * kPowers[pending_zeros + 1] + static_cast<unsigned>(c - '0');
    pending_zeros = 0;
  }
  if (seen == 0) return NumberError::NotNumeric;
  Wide power = 0;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return NumberError::NotNumeric;
    const auto read = readPower(text.substr(at + 1));
    if (!read) return NumberError::NotNumeric;
    power = *read;
  }
  // Zero has one digit.
  Wide magnitude = std::max<Wide>(kept + pending_zeros, 1) - 1 + power - fraction;
  if (reader == NumberReader::Statement) {
    if (!fitsInt(power) || !fitsInt(fraction - power)) return NumberError::NotNumeric;
    if (kept == 0) return Decimal();
    magnitude = Wide{static_cast<std::int32_t>(magnitude + 1)} - 1;
  } else if (power != static_cast<std::int64_t>(power)) {
    return NumberError::NotNumeric;
  }
  if (magnitude > kMaxMagnitude) return NumberError::Overflow;
  if (magnitude < kMinMagnitude) return NumberError::Underflow;
  if (kept == 0) return Decimal();
  if (kept > kMaxDigits) return NumberError::TooManyDigits;
  Decimal result;
  result.coefficient_ = coefficient;
  result.exponent_ = static_cast<std::int16_t>(power - fraction + pending_zeros);
  result.negative_ = negative;
  return result;
}

void Decimal::appendText(std::string& out) const {
  if (isZero()) {
    out += '0';
    return;
  }
  std::array<char, 40> digits;
  const int count = writeDigits(coefficient_, digits);
  for (int i = 0; i < count; ++i) digits[i] = static_cast<char>(digits[i] + '0');
  if (negative_) out += '-';
  if (exponent_ >= 0) {
    out.append(digits.data(), count);
    out.append(exponent_, '0');
  } else if (-exponent_ < count) {
    out.append(digits.data(), count + exponent_);
    out += '.';
    out.append(digits.data() + count + exponent_, -exponent_);
  } else {
    out += "0.";
    out.append(-exponent_ - count, '0');
    out.append(digits.data(), count);
  }
}

std::string Decimal::text() const {
  std::string out;
  appendText(out);
  return out;
}

int Decimal::digits() const {
  return isZero() ? 0 : countDigits(coefficient_);
}

bool Decimal::toInteger(std::int64_t& value) const {
  if (isZero()) {
    value = 0;
    return true;
  }
  if (exponent_ < 0 || exponent_ > 18 || digits() + exponent_ > 19) return false;
  const Coefficient magnitude = coefficient_ * kPowers[exponent_];
  const Coefficient limit = static_cast<Coefficient>(std::numeric_limits<std::int64_t>::max()) + (negative_ ? 1 : 0);
  if (magnitude > limit) return false;
  const auto bits = static_cast<std::uint64_t>(magnitude);
  value = static_cast<std::int64_t>(negative_ ? ~bits + 1 : bits);
  return true;
}

Decimal Decimal::negated() const {
  Decimal result = *this;
  if (!isZero()) result.negative_ = !negative_;
  return result;
}

Result<Decimal, NumberError> Decimal::add(const Decimal& left, const Decimal& right) {
  if (left.isZero()) return right;
  if (right.isZero()) return left;
  const Decimal& high = left.exponent_ >= right.exponent_ ? left : right;
  const Decimal& low = left.exponent_ >= right.exponent_ ? right : left;
  const int shift = high.exponent_ - low.exponent_;
  if (shift + high.digits() <= kMaxDigits) {
    const Coefficient scaled = high.coefficient_ * kPowers[shift];
    if (high.negative_ == low.negative_) return normalise(high.negative_, scaled + low.coefficient_, low.exponent_);
    if (scaled >= low.coefficient_) return normalise(high.negative_, scaled - low.coefficient_, low.exponent_);
    return normalise(low.negative_, low.coefficient_ - scaled, low.exponent_);
  }
  // The sum spans more than 38 digits before what cancels out is known: digit by digit, least significant first.
  constexpr int kSpan = kMaxMagnitude - kMinMagnitude + 2 * kMaxDigits + 2;
  const auto spread = [](const Decimal& number, int lowest, std::array<signed char, kSpan>& out) {
    std::array<char, 40> digits;
    const int count = writeDigits(number.coefficient_, digits);
    for (int i = 0; i < count; ++i) out[number.exponent_ - lowest + count - 1 - i] = digits[i];
  };
  std::array<signed char, kSpan> a{}, b{};
  spread(high, low.exponent_, a);
  spread(low, low.exponent_, b);
  bool swap = false;
  for (int i = kSpan - 1; i >= 0; --i) {
    if (a[i] == b[i]) continue;
    swap = a[i] < b[i];
    break;
  }
  const bool negative = swap ? low.negative_ : high.negative_;
  if (swap) std::swap(a, b);
  const int sign = high.negative_ == low.negative_ ? 1 : -1;
  int carry = 0;
  for (int i = 0; i < kSpan; ++i) {
    int digit = a[i] + sign * b[i] + carry;
    carry = 0;
    if (digit < 0) {
      digit += 10;
      carry = -1;
    } else if (digit > 9) {
      digit -= 10;
      carry = 1;
    }
    a[i] = static_cast<signed char>(digit);
  }
  int top = kSpan - 1, bottom = 0;
  while (top >= 0 && a[top] == 0) --top;
  if (top < 0) return Decimal();
  while (a[bottom] == 0) ++bottom;
  if (top + low.exponent_ > kMaxMagnitude) return NumberError::Overflow;
  if (top - bottom + 1 > kMaxDigits) return NumberError::TooManyDigits;
  Coefficient coefficient = 0;
  for (int i = top; i >= bottom; --i) coefficient = coefficient * 10 + static_cast<unsigned>(a[i]);
  return normalise(negative, coefficient, low.exponent_ + bottom);
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  const int sign = isZero() ? 0 : negative_ ? -1 : 1;
  const int other_sign = other.isZero() ? 0 : other.negative_ ? -1 : 1;
  if (sign != other_sign) return sign <=> other_sign;
  if (sign == 0) return std::strong_ordering::equal;
  const auto directed = [sign](std::strong_ordering order) { return sign > 0 ? order : 0 <=> order; };
  if (magnitude() != other.magnitude()) return directed(magnitude() <=> other.magnitude());
  // Equal magnitudes: the one with fewer digits is scaled up to the other's length, at most 38.
  const int shift = exponent_ - other.exponent_;
  const Coefficient a = shift > 0 ? coefficient_ * kPowers[shift] : coefficient_;
  const Coefficient b = shift < 0 ? other.coefficient_ * kPowers[-shift] : other.coefficient_;
  return directed(a < b   ? std::strong_ordering::less
                  : a > b ? std::strong_ordering::greater
                          : std::strong_ordering::equal);
}

// The encoded form: a sign byte; for all but zero the magnitude + 130, then two digits a byte as 1 to 100, then 0. In
// negative numbers every byte after the sign is its complement to 255, so that greater magnitudes come first.

void Decimal::appendEncoded(std::string& out) const {
  if (isZero()) {
    out += kZero;
    return;
  }
  const auto mask = static_cast<unsigned char>(negative_ ? 0xFF : 0);
  const auto put = [&](int byte) { out += static_cast<char>(static_cast<unsigned char>(byte) ^ mask); };
  std::array<char, 40> digits;
  const int count = writeDigits(coefficient_, digits);
  out += negative_ ? kNegative : kPositive;
  put(count - 1 + exponent_ - kMinMagnitude);
  for (int i = 0; i < count; i += 2) put(digits[i] * 10 + (i + 1 < count ? digits[i + 1] : 0) + 1);
  put(0);
}

Decimal Decimal::decode(std::string_view bytes) {
  Decimal result;
  if (bytes.size() < 4 || bytes.size() > kMaxEncodedSize || bytes[0] == kZero) return result;
  result.negative_ = bytes[0] == kNegative;
  const auto mask = static_cast<unsigned char>(result.negative_ ? 0xFF : 0);
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(static_cast<unsigned char>(bytes[i]) ^ mask);
  };
  const int magnitude = byte(1) + kMinMagnitude;
  int digits = 0;
  for (std::size_t i = 2; i + 1 < bytes.size(); ++i) {
    const int pair = byte(i) - 1;
    if (pair < 0 || pair > 99) return Decimal();
    result.coefficient_ = result.coefficient_ * 100 + static_cast<unsigned>(pair);
    digits += 2;
  }
  if (result.coefficient_ == 0) return Decimal();
  int exponent = magnitude - digits + 1;
  if (result.coefficient_ % 10 == 0) {
    result.coefficient_ /= 10;
    ++exponent;
  }
  result.exponent_ = static_cast<std::int16_t>(exponent);
  return result;
}

std::size_t Decimal::storedSize(std::string_view encoded) {
  // One byte for each two digits that share a power of 100, one for the exponent, one more when negative.
  if (encoded.size() < 4) return 1;
  const bool negative = encoded[0] == kNegative;
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(encoded[i]) ^ static_cast<unsigned char>(negative ? 0xFF : 0);
  };
  const std::size_t pairs = encoded.size() - 3;
  const bool odd_digits = (byte(encoded.size() - 2) - 1) % 10 == 0;
  const bool odd_magnitude = (byte(1) + kMinMagnitude) % 2 != 0;
  return 1 + pairs + (odd_digits || odd_magnitude ? 0 : 1) + (negative ? 1 : 0);
}

}  // namespace thimble::lang::expression
