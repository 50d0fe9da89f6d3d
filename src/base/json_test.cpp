#include "base/json.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace thimble::base {
namespace {

TEST(Json, WritesWhatItReadKeepingOrder) {
  const std::string text = R"({"b":1,"a":[true,null,"x\n\u0001é"],"c":{"d":1.5,"e":-7}})";
  auto parsed = Json::parse(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->write(), R"({"b":1,"a":[true,null,"x\n\u0001é"],"c":{"d":1.5,"e":-7}})");
  EXPECT_EQ(parsed->write({.pretty = false, .sort_keys = true}),
            R"({"a":[true,null,"x\n\u0001é"],"b":1,"c":{"d":1.5,"e":-7}})");
}

TEST(Json, EscapesWhereverTheByteStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    std::string escaped(1, c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      const std::string_view letters = "\"\\\b\f\n\r\t", escapes = "\"\\bfnrt";
      const std::size_t known = letters.find(c);
      char text[8];
      std::snprintf(text, sizeof text, "\\u%04x", byte);
      escaped = known == std::string_view::npos ? text : std::string("\\") + escapes[known];
    }
    for (std::size_t place = 0; place < 20; ++place) {
      for (const char around : {'x', '\x7f', '\xff', '!', '#', '[', ']', ' '}) {
        const std::string before(place, around), after(19 - place, around);
        std::string out;
        appendJsonString(out, before + c + after);
        ASSERT_EQ(out, '"' + before + escaped + after + '"') << byte << " at " << place;
      }
    }
  }
}

TEST(Json, CopiesAreIndependent) {
  Json a = Json::object({{"list", Json::array({1, 2})}});
  Json b = a;
  b.mutableObject().findMutable("list")->push(3);
  EXPECT_EQ(a["list"].size(), 2u);
  EXPECT_EQ(b["list"].size(), 3u);
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "[1,]", "{\"a\":1,}", "tru", "1 2", "\"\xff\"", "'a'", "{a:1}", "01", "nan"}) {
    EXPECT_FALSE(Json::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Json::parse(std::string(2000, '[')).ok());
  EXPECT_FALSE(Json::parse("[[[]]]", {.max_depth = 2}).ok());
}

TEST(Json, FindsMembersInLargeObjects) {
  Json object;
  for (int i = 0; i < 1000; ++i) object.set("k" + std::to_string(i), i);
  EXPECT_EQ(object["k999"].asInt(), 999);
  EXPECT_TRUE(object.erase("k0"));
  EXPECT_EQ(object["k999"].asInt(), 999);
  EXPECT_FALSE(object.contains("k0"));
}

TEST(Json, FormatsDoublesAsJavaDoes) {
  const std::pair<double, const char*> cases[] = {
      {1.0, "1.0"},   {0.001, "0.001"},     {0.0001, "1.0E-4"}, {1234567.5, "1234567.5"},
      {1e7, "1.0E7"}, {1.5e300, "1.5E300"}, {-2.25, "-2.25"},   {100, "100.0"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(formatDouble(value, DoubleStyle::Java), text);
}

TEST(Json, NumbersCompareByValue) {
  EXPECT_EQ(Json(1), Json(1.0));
  EXPECT_FALSE(Json(1) == Json("1"));
}

}  // namespace
}  // namespace thimble::base
