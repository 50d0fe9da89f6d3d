#include "base/json_binary.h"

#include <gtest/gtest.h>

namespace thimble::base {
namespace {

TEST(JsonBinary, RoundTripsEveryKind) {
  const Json value = Json::object({{"n", nullptr},
                                   {"t", true},
                                   {"f", false},
                                   {"i", Json(std::int64_t{INT64_MIN})},
                                   {"j", Json(std::int64_t{INT64_MAX})},
                                   {"k", -1},
                                   {"d", -1.25e300},
                                   {"b", std::string("\0\xff\xfe", 3)},
                                   {"a", Json::array({1, Json::array(), Json::object()})}});
  const std::string bytes = encodeJsonBinary(value);
  auto decoded = decodeJsonBinary(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, value);
  EXPECT_TRUE((*decoded)["i"].isInt());
  EXPECT_TRUE((*decoded)["d"].isDouble());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decodeJsonBinary(std::string_view(bytes).substr(0, length)).has_value()) << length;
  }
  EXPECT_FALSE(decodeJsonBinary(bytes + "x").has_value());
}

}  // namespace
}  // namespace thimble::base
