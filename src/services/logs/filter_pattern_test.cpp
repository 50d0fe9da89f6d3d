#include "services/logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace thimble::services::logs {
namespace {

TEST(FilterPattern, MatchesAsTheDocumentationSays) {
  struct Case {
    const char* pattern;
    const char* message;
    bool matches;
  };
  const Case cases[] = {
      {"", "anything", true},
      {" ", "anything", true},
      {"ERROR", "[ERROR] 400 BAD REQUEST", true},
      {"error", "[ERROR] 400 BAD REQUEST", false},
      {"ERROR ARGUMENTS", "[ERROR] 419 MISSING ARGUMENTS", true},
      {"ERROR ARGUMENTS", "[ERROR] 401 UNAUTHORIZED REQUEST", false},
      {"?ERROR ?ARGUMENTS", "[ERROR] 401 UNAUTHORIZED REQUEST", true},
      {"?ERROR ?ARGUMENTS", "[INFO] fine", false},
      {"?ERROR ?ARGUMENTS REQUEST", "BAD REQUEST", true},
      {"\"INTERNAL SERVER ERROR\"", "500 INTERNAL SERVER ERROR", true},
      {"\"INTERNAL SERVER ERROR\"", "500 INTERNAL ERROR SERVER", false},
      {"\"say \\\"hi\\\"\"", "they say \"hi\"", true},
      {"ERROR -ARGUMENTS", "[ERROR] 400 BAD REQUEST", true},
      {"ERROR -ARGUMENTS", "[ERROR] 419 MISSING ARGUMENTS", false},
      {"-\"two words\"", "two words", false},
      {"%4\\d\\d%", "status 404", true},
      {"%4\\d\\d%", "status 504", false},
      {"[w1, w2]", "one two", true},
      {"[w1, w2]", "one two three", false},
      {"[w1, ...]", "one two three", true},
      {"[w1=ERROR, w2]", "ERROR two", true},
      {"[w1=ERROR, w2]", "INFO two", false},
      {"[w1!=INFO, ...]", "ERROR two", true},
      {"[w1=*RR*, ...]", "ERROR two", true},
      {"[ip, user, time, request = *.html*, status_code = 4*, bytes > 1000]",
       "127.0.0.1 frank [10/Oct/2000:13:25:15] \"GET /index.html HTTP/1.0\" 404 1534", true},
      {"[ip, user, time, request = *.html*, status_code = 4*, bytes > 2000]",
       "127.0.0.1 frank [10/Oct/2000:13:25:15] \"GET /index.html HTTP/1.0\" 404 1534", false},
      {"[..., status = 404 || status = 410, bytes]", "a b c 410 7", true},
      {"[..., status = 404 || status = 410, bytes]", "a b c 500 7", false},
      {"{ $.eventType = \"UpdateTrail\" }", R"({"eventType": "UpdateTrail"})", true},
      {"{ $.eventType = \"UpdateTrail\" }", R"({"eventType": "Other"})", false},
      {"{ $.eventType = UpdateTrail }", R"({"eventType": "UpdateTrail"})", true},
      {"{ $.sourceIPAddress != 123.123.* }", R"({"sourceIPAddress": "111.111.111.111"})", true},
      {"{ $.sourceIPAddress != 123.123.* }", R"({"sourceIPAddress": "123.123.0.1"})", false},
      {"{ $.arrayKey[0] = \"value\" }", R"({"arrayKey": ["value", "another"]})", true},
      {"{ $.arrayKey[1] = \"value\" }", R"({"arrayKey": ["value", "another"]})", false},
      {"{ $.objectList[*].id = 2 }", R"({"objectList": [{"id": 1}, {"id": 2}]})", true},
      {"{ $.eventType = \"UpdateTrail\" || $.n >= 5 }", R"({"n": 5})", true},
      {"{ $.n > 5 }", R"({"n": 5})", false},
      {"{ $.a = 1 && ($.b = 2 || $.c = 3) }", R"({"a": 1, "c": 3})", true},
      {"{ $.a = 1 && ($.b = 2 || $.c = 3) }", R"({"a": 1, "c": 4})", false},
      {"{ $.SomeObject IS NULL }", R"({"SomeObject": null})", true},
      {"{ $.SomeObject IS NULL }", R"({"Other": null})", false},
      {"{ $.SomeOtherObject NOT EXISTS }", R"({"Other": null})", true},
      {"{ $.ThisFlag IS TRUE }", R"({"ThisFlag": true})", true},
      {"{ $.ThisFlag IS FALSE }", R"({"ThisFlag": true})", false},
      {"{ $.user.name = %^an% }", R"({"user": {"name": "ann"}})", true},
      {"{ $.a = 1 }", "no json", false},
  };
  for (const Case& c : cases) {
    const auto pattern = FilterPattern::parse(c.pattern);
    ASSERT_TRUE(pattern) << c.pattern;
    EXPECT_EQ(pattern->matches(c.message), c.matches) << c.pattern << " against " << c.message;
  }
}

TEST(FilterPattern, RefusesTheMalformed) {
  const std::string deep = "{" + std::string(200, '(') + "$.a = 1" + std::string(200, ')') + "}";
  for (const std::string& text :
       {std::string("\"open"), std::string("%(%"), std::string("{ $.a }"), std::string("{ a = 1 }"),
        std::string("{ $.a = 1"), std::string("[a, b"), std::string("[..., ...]"), std::string("[a > x]"),
        std::string("{ $.a = 1 } more"), std::string("- "), std::string(1025, 'a'), deep}) {
    EXPECT_FALSE(FilterPattern::parse(text)) << text;
  }
}

}  // namespace
}  // namespace thimble::services::logs
