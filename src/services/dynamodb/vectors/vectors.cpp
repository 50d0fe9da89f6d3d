#include "services/dynamodb/vectors/vectors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace thimble::services::dynamodb {

using lang::expression::Decimal;
using lang::expression::Type;
using lang::expression::Value;
using lang::expression::ValueView;

namespace {

static_assert(sizeof(float) == kDimensionBytes && std::numeric_limits<float>::is_iec559);

// Packed numbers are little-endian on every machine.
std::uint32_t swapped(std::uint32_t bits) {
  if constexpr (std::endian::native == std::endian::little) return bits;
  return (bits >> 24) | ((bits >> 8) & 0xff00) | ((bits << 8) & 0xff0000) | (bits << 24);
}

void append(std::string& out, float number) {
  const std::uint32_t bits = swapped(std::bit_cast<std::uint32_t>(number));
  out.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
}

float numberAt(std::string_view packed, std::size_t position) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, packed.data() + position * kDimensionBytes, sizeof(bits));
  return std::bit_cast<float>(swapped(bits));
}

/// Nothing when it is beyond a float's range; one that is too small for it is zero.
std::optional<float> floatOf(const Decimal& number) {
  std::string text;
  number.appendText(text);
  float out = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  if (end.ec == std::errc::result_out_of_range) {
    if (number.magnitude() > 0) return std::nullopt;
    return 0.0F;
  }
  if (!std::isfinite(out)) return std::nullopt;
  return out;
}

/// As Java shows a large number: "1.5E+39".
std::string scientific(const Decimal& number) {
  std::string digits;
  for (const char c : number.text()) {
    if (c >= '0' && c <= '9') digits += c;
  }
  digits.resize(static_cast<std::size_t>(number.digits()));
  std::string out = number.isNegative() ? "-" : "";
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  return out + "E+" + std::to_string(number.magnitude());
}

/// Sums term(i) for every i below `count`, in four lanes, so that no addition waits for the one before it.
template <class Term>
double sum(std::size_t count, const Term& term) {
  std::array<double, 4> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= count; i += lanes.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += term(i + lane);
  }
  for (; i < count; ++i) lanes[0] += term(i);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

double product(std::string_view left, std::string_view right) {
  return sum(std::min(left.size(), right.size()) / kDimensionBytes, [&](std::size_t i) {
    return static_cast<double>(numberAt(left, i)) * static_cast<double>(numberAt(right, i));
  });
}

double distanceBetween(std::string_view left, std::string_view right) {
  const double squares = sum(std::min(left.size(), right.size()) / kDimensionBytes, [&](std::size_t i) {
    const double difference = static_cast<double>(numberAt(left, i)) - static_cast<double>(numberAt(right, i));
    return difference * difference;
  });
  return std::sqrt(squares);
}

double cosineDistance(std::string_view left, std::string_view right) {
  // The root of the product: with equal vectors exactly what it is divided into, so that these are 0 apart.
  const double lengths = std::sqrt(product(left, left) * product(right, right));
  if (lengths == 0) return 1;
  return std::clamp(1 - product(left, right) / lengths, 0.0, 2.0);
}

std::string shortest(float number) {
  // The digits and the exponent, then the form that Rust's printers give them.
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const std::size_t mark = text.find('e');
  int exponent = 0;
  const std::string_view power = text.substr(mark + (text[mark + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  constexpr int kLeastPlain = -5, kMostPlain = 15;
  if (number != 0 && (exponent < kLeastPlain || exponent > kMostPlain)) {
    return std::string(text.substr(0, mark)) + "e" + std::to_string(exponent);
  }
  std::string digits;
  for (const char c : text.substr(0, mark)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const std::string sign = text[0] == '-' && number != 0 ? "-" : "";
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace

std::optional<Distance> distanceFromName(std::string_view name) {
  if (name == "COSINE") return Distance::Cosine;
  if (name == "EUCLIDEAN") return Distance::Euclidean;
  if (name == "DOT_PRODUCT") return Distance::DotProduct;
  return std::nullopt;
}

base::Result<std::string, VectorFault> packVector(ValueView value, std::size_t dimensions) {
  using Kind = VectorFault::Kind;
  if (value.type() != Type::L) return VectorFault{Kind::NotAList, 0, std::string(typeName(value.type()))};
  if (value.count() != dimensions) return VectorFault{Kind::OtherSize, value.count(), {}};
  std::string out;
  out.reserve(dimensions * kDimensionBytes);
  auto elements = value.elements();
  std::size_t position = 0;
  for (ValueView element; elements.next(element); ++position) {
    if (element.type() != Type::N)
      return VectorFault{Kind::NotANumber, position, std::string(typeName(element.type()))};
    const Decimal number = element.number();
    const auto converted = floatOf(number);
    if (!converted) return VectorFault{Kind::OutOfRange, position, scientific(number)};
    append(out, *converted);
  }
  return out;
}

std::optional<std::string> packNumbers(const std::vector<Value>& numbers) {
  auto packed = packVector(Value::list(numbers), numbers.size());
  if (!packed.ok()) return std::nullopt;
  return std::move(*packed);
}

std::vector<std::string> numbersOf(std::string_view packed) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < packed.size() / kDimensionBytes; ++i) out.push_back(shortest(numberAt(packed, i)));
  return out;
}

double score(Distance distance, std::string_view left, std::string_view right) {
  const double exact = distance == Distance::Cosine      ? cosineDistance(left, right)
                       : distance == Distance::Euclidean ? distanceBetween(left, right)
                                                         : product(left, right);
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<double>(static_cast<float>(std::clamp(exact, -kMost, kMost)));
}

bool Nearest::nearer(const Entry& left, const Entry& right) const {
  if (left.score != right.score) {
    return distance_ == Distance::DotProduct ? left.score > right.score : left.score < right.score;
  }
  return left.order < right.order;
}

void Nearest::offer(double score, std::string_view row) {
  const auto by_nearness = [this](const Entry& left, const Entry& right) { return nearer(left, right); };
  Entry entry{score, offered_++, {}};
  if (heap_.size() == most_) {
    if (heap_.empty() || !nearer(entry, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), by_nearness);
    heap_.pop_back();
  }
  entry.row = row;
  heap_.push_back(std::move(entry));
  std::push_heap(heap_.begin(), heap_.end(), by_nearness);
}

std::vector<Nearest::Found> Nearest::take() {
  std::sort_heap(heap_.begin(), heap_.end(),
                 [this](const Entry& left, const Entry& right) { return nearer(left, right); });
  std::vector<Found> out;
  for (Entry& entry : heap_) out.push_back({entry.score, std::move(entry.row)});
  heap_.clear();
  return out;
}

}  // namespace thimble::services::dynamodb
