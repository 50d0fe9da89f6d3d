// DynamoDB's numbers: decimal, up to 38 significant digits, 1E-130 to 9.99...E+125 and their negatives.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thimble::lang::expression {

/// Why a text or a result is no number of DynamoDB.
enum class NumberError { NotNumeric, Overflow, Underflow, TooManyDigits };

/// Who reads a text. Exponents of attribute values have 64 bits, and zero too has the magnitude that it is written
/// with. PartiQL reads its numbers as java.math.BigDecimal: what its scale of 32 bits does not hold is no number, and a
/// magnitude beyond them wraps around.
enum class NumberReader : std::uint8_t { AttributeValue, Statement };

/// ±coefficient × 10^exponent. Always normalised: the coefficient is below 10^38 and does not end in a zero digit;
/// zero has no sign and exponent 0.
class Decimal {
 public:
  using Coefficient = unsigned __int128;
  static constexpr int kMaxDigits = 38;
  static constexpr int kMaxMagnitude = 125;   ///< Greatest exponent of the first digit.
  static constexpr int kMinMagnitude = -130;  ///< Least exponent of the first digit.
  static constexpr std::size_t kMaxEncodedSize = 22;

  Decimal() = default;
  explicit Decimal(std::int64_t value);

  /// Sign, digits with a point, exponent.
  static base::Result<Decimal, NumberError> parse(std::string_view text,
                                                  NumberReader reader = NumberReader::AttributeValue);
  /// As DynamoDB prints it: plain digits without exponent or needless zeros.
  std::string text() const;
  void appendText(std::string& out) const;

  bool isZero() const { return coefficient_ == 0; }
  bool isNegative() const { return negative_; }
  /// True for a whole number within 64 bits; then `value` holds it.
  bool toInteger(std::int64_t& value) const;
  Decimal negated() const;
  /// Digits of the coefficient; 0 for zero.
  int digits() const;
  /// Exponent of the first digit (3 for 1234); 0 for zero.
  int magnitude() const { return isZero() ? 0 : digits() - 1 + exponent_; }

  /// Exact. Overflow when the sum is out of range; TooManyDigits when it needs more than 38 digits.
  static base::Result<Decimal, NumberError> add(const Decimal& left, const Decimal& right);

  bool operator==(const Decimal&) const = default;
  std::strong_ordering operator<=>(const Decimal& other) const;

  /// Bytes whose lexicographic order is the order of the numbers, and of which none is another's beginning.
  void appendEncoded(std::string& out) const;
  /// Reverses appendEncoded; zero for bytes that it never wrote.
  static Decimal decode(std::string_view bytes);
  /// How DynamoDB counts the stored size, in bytes.
  static std::size_t storedSize(std::string_view encoded);

 private:
  static base::Result<Decimal, NumberError> normalise(bool negative, Coefficient coefficient, int exponent);

  Coefficient coefficient_ = 0;
  std::int16_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace thimble::lang::expression
