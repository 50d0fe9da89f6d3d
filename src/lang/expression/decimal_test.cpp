#include "lang/expression/decimal.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <vector>

#include "lang/expression/key_encoding.h"

namespace thimble::lang::expression {
namespace {

Decimal number(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? *parsed : Decimal();
}

TEST(Decimal, PrintsAsDynamoDbDoes) {
  struct Case {
    const char* text;
    const char* printed;
  };
  const std::string nines(38, '9');
  const std::string most = nines + std::string(88, '0');
  const std::string least = "0." + std::string(129, '0') + "1";
  const Case cases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0e5", "0"},
      {"0.000", "0"},
      {"1", "1"},
      {"+1", "1"},
      {"001", "1"},
      {"1.", "1"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"1.50", "1.5"},
      {"1e3", "1000"},
      {"1E+3", "1000"},
      {"12e-1", "1.2"},
      {"100", "100"},
      {"0.00120", "0.0012"},
      {"1e-5", "0.00001"},
      {"-99.1", "-99.1"},
      {"1e125", nullptr},
      {"9.9999999999999999999999999999999999999e125", most.c_str()},
      {"1e-130", least.c_str()},
      {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
      {"123456789012345678901234567890123456780000", "123456789012345678901234567890123456780000"},
  };
  for (const Case& c : cases) {
    const Decimal value = number(c.text);
    if (c.printed != nullptr) {
      EXPECT_EQ(value.text(), c.printed) << c.text;
    }
    EXPECT_EQ(number(value.text()), value) << c.text;
  }
}

TEST(Decimal, ReadsExponentsWholeBeforeItLooksAtTheirRange) {
  struct Case {
    const char* text;
    std::optional<NumberError> as_value;
    std::optional<NumberError> in_statement;
  };
  constexpr auto kGood = std::nullopt;
  constexpr auto kNot = NumberError::NotNumeric;
  constexpr auto kOver = NumberError::Overflow;
  constexpr auto kUnder = NumberError::Underflow;
  const std::string zeros(200, '0');
  const std::string led = zeros + "1";
  const std::string led_power = "1e" + zeros + "5";
  const std::string long_zero = "0." + std::string(130, '0');
  const std::string longer_zero = "0." + std::string(131, '0');
  const Case cases[] = {
      {"", kNot, kNot},
      {"-", kNot, kNot},
      {".", kNot, kNot},
      {"e5", kNot, kNot},
      {"1e", kNot, kNot},
      {"1e+", kNot, kNot},
      {"1e5.5", kNot, kNot},
      {"1.2.3", kNot, kNot},
      {" 1", kNot, kNot},
      {"1 ", kNot, kNot},
      {"--1", kNot, kNot},
      {"NaN", kNot, kNot},
      {"Infinity", kNot, kNot},
      {"0x10", kNot, kNot},
      {led.c_str(), kGood, kGood},
      {led_power.c_str(), kGood, kGood},
      {"1e126", kOver, kOver},
      {"1e-131", kUnder, kUnder},
      {"0.1e126", kGood, kGood},
      {"1e99999999999", kOver, kNot},
      {"-1e99999999999", kOver, kNot},
      {"1e-99999999999", kUnder, kNot},
      {"1e2147483646", kOver, kOver},
      {"1e2147483647", kOver, kUnder},
      {"1e2147483648", kOver, kNot},
      {"1e-2147483647", kUnder, kUnder},
      {"1.5e-2147483647", kUnder, kNot},
      {"1e-2147483648", kUnder, kNot},
      {"1e9223372036854775807", kOver, kNot},
      {"1e9223372036854775808", kNot, kNot},
      {"1e-9223372036854775808", kUnder, kNot},
      {"1e-9223372036854775809", kNot, kNot},
      {"1e99999999999999999999999999999999999999999999", kNot, kNot},
      {"0e125", kGood, kGood},
      {"0e2147483648", kOver, kNot},
      {"0e126", kOver, kGood},
      {"0.0e126", kGood, kGood},
      {"0e-130", kGood, kGood},
      {"0e-131", kUnder, kGood},
      {long_zero.c_str(), kGood, kGood},
      {longer_zero.c_str(), kUnder, kGood},
      {"123456789012345678901234567890123456789", NumberError::TooManyDigits, NumberError::TooManyDigits},
      {"123456789012345678901234567890123456789e100", kOver, kOver},
  };
  for (const Case& c : cases) {
    for (const auto reader : {NumberReader::AttributeValue, NumberReader::Statement}) {
      const auto parsed = Decimal::parse(c.text, reader);
      const auto found = parsed.ok() ? std::nullopt : std::optional(parsed.error());
      EXPECT_EQ(found, reader == NumberReader::Statement ? c.in_statement : c.as_value) << c.text;
    }
  }
}

TEST(Decimal, AddsExactly) {
  struct Case {
    const char* left;
    const char* right;
    const char* sum;  ///< Empty: overflow; "digits": more than 38.
  };
  const Case cases[] = {
      {"1", "2", "3"},
      {"0.1", "0.2", "0.3"},
      {"1", "-1", "0"},
      {"-1", "-1", "-2"},
      {"1e20", "1", "100000000000000000001"},
      {"1e38", "-1", "99999999999999999999999999999999999999"},
      {"-1e38", "1", "-99999999999999999999999999999999999999"},
      {"99999999999999999999999999999999999999", "1", "100000000000000000000000000000000000000"},
      {"1e-20", "1e17", "100000000000000000.00000000000000000001"},
      {"1e-20", "1e18", "digits"},
      {"1e100", "1", "digits"},
      {"1e-130", "1e125", "digits"},
      {"9e125", "1e125", ""},
      {"-9e125", "-1e125", ""},
      {"5e124", "5e124", "1e125"},
      {"12345678901234567890123456789012345678", "-12345678901234567890123456789012345677", "1"},
  };
  for (const Case& c : cases) {
    for (const bool swapped : {false, true}) {
      const Decimal a = number(swapped ? c.right : c.left), b = number(swapped ? c.left : c.right);
      const auto sum = Decimal::add(a, b);
      if (std::string_view(c.sum).empty()) {
        ASSERT_FALSE(sum.ok());
        EXPECT_EQ(sum.error(), NumberError::Overflow);
      } else if (std::string_view(c.sum) == "digits") {
        ASSERT_FALSE(sum.ok());
        EXPECT_EQ(sum.error(), NumberError::TooManyDigits);
      } else {
        ASSERT_TRUE(sum.ok()) << c.left;
        EXPECT_EQ(*sum, number(c.sum)) << c.left << " " << c.right;
      }
    }
  }
}

Decimal random(std::mt19937& generator) {
  std::string text = generator() % 2 == 0 ? "-" : "";
  const auto digits = 1 + generator() % 38;
  for (unsigned i = 0; i < digits; ++i) text += static_cast<char>('0' + generator() % 10);
  text += "e" + std::to_string(static_cast<int>(generator() % 120) - 100);
  const auto parsed = Decimal::parse(text);
  return parsed.ok() ? *parsed : Decimal();
}

TEST(Decimal, EncodedBytesKeepTheOrder) {
  std::vector<Decimal> numbers;
  for (const char* text :
       {"0",      "1",       "-1",    "9",    "10",   "10.1",  "10.9",  "9.1",  "99.1", "-99.1", "-10.1",
        "-9.9",   "-9",      "-1.01", "-0.9", "-0.1", "-0.09", "-0.01", "0.01", "0.09", "1e125", "-1e125",
        "1e-130", "-1e-130", "1.1",   "12",   "123",  "1234",  "-12",   "-123", "-1234"}) {
    numbers.push_back(number(text));
  }
  std::mt19937 generator(7);
  for (int i = 0; i < 300; ++i) numbers.push_back(random(generator));
  for (const Decimal& a : numbers) {
    std::string bytes;
    a.appendEncoded(bytes);
    EXPECT_LE(bytes.size(), Decimal::kMaxEncodedSize);
    EXPECT_EQ(Decimal::decode(bytes), a) << a.text();
    for (const Decimal& b : numbers) {
      std::string other;
      b.appendEncoded(other);
      EXPECT_EQ(bytes <=> other, a <=> b) << a.text() << " " << b.text();
      if (a != b) {
        EXPECT_FALSE(bytes.starts_with(other));
      }
    }
  }
}

TEST(Decimal, SumsAgreeWithTheirReverse) {
  std::mt19937 generator(11);
  int exact = 0;
  for (int i = 0; i < 3000; ++i) {
    const Decimal a = random(generator), b = random(generator);
    const auto sum = Decimal::add(a, b);
    if (!sum.ok()) continue;
    ++exact;
    const auto back = Decimal::add(*sum, b.negated());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, a) << a.text() << " + " << b.text() << " = " << sum->text();
  }
  EXPECT_GT(exact, 100);
}

TEST(Decimal, Integers) {
  std::int64_t value = 0;
  EXPECT_TRUE(number("-9223372036854775808").toInteger(value));
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_TRUE(number("9.223372036854775807e18").toInteger(value));
  EXPECT_EQ(value, INT64_MAX);
  EXPECT_FALSE(number("9223372036854775808").toInteger(value));
  EXPECT_FALSE(number("1.5").toInteger(value));
  EXPECT_FALSE(number("1e19").toInteger(value));
  EXPECT_EQ(Decimal(INT64_MIN).text(), "-9223372036854775808");
  EXPECT_EQ(Decimal(1000).text(), "1000");
}

TEST(KeyEncoding, KeepsTheOrderWhateverFollows) {
  std::vector<std::string> texts = {
      "",   "a",    "b", "aa", "a\1", "a\2", std::string("a\0", 2), std::string("a\0b", 3), std::string("\0", 1),
      "\1", "\xFF", "é"};
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      std::string left, right;
      appendKey(left, Value::string(a));
      appendKey(right, Value::string(b));
      left += "zzz";
      if (a != b) {
        EXPECT_EQ(left < right, a < b) << a << " " << b;
      }
    }
    std::string bytes;
    appendKey(bytes, Value::string(a));
    appendKey(bytes, Value::number(number("-12.5")));
    std::string_view rest = bytes;
    EXPECT_EQ(takeKey(rest, Type::S)->view().text(), a);
    EXPECT_EQ(takeKey(rest, Type::N)->view().number().text(), "-12.5");
    EXPECT_TRUE(rest.empty());
  }
}

}  // namespace
}  // namespace thimble::lang::expression
