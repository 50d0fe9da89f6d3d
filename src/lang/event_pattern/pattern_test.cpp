#include "lang/event_pattern/pattern.h"

#include <gtest/gtest.h>

#include <fstream>

namespace thimble::lang::event_pattern {
namespace {

/// The lines of a file of cases beside this one, split at " => ".
std::vector<std::vector<std::string>> readCases(const std::string& name) {
  std::ifstream file(std::string(THIMBLE_SOURCE_DIR) + "/src/lang/event_pattern/" + name);
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> parts;
    for (std::size_t at = line.find(" => "); at != std::string::npos; at = line.find(" => ")) {
      parts.push_back(line.substr(0, at));
      line.erase(0, at + 4);
    }
    parts.push_back(line);
    out.push_back(std::move(parts));
  }
  return out;
}

TEST(EventPatternTest, MatchesWhatItSays) {
  const auto cases = readCases("event_pattern_cases.txt");
  ASSERT_GT(cases.size(), 60u);
  for (const auto& each : cases) {
    ASSERT_EQ(each.size(), 3u);
    const auto pattern = EventPattern::parse(each[0]);
    ASSERT_TRUE(pattern.ok()) << each[0] << ": " << pattern.error().reason;
    const auto event = base::Json::parse(each[1]);
    ASSERT_TRUE(event.ok()) << each[1];
    EXPECT_EQ(pattern->matches(*event), each[2] == "true") << each[0] << " => " << each[1];
  }
}

TEST(EventPatternTest, RefusesWithJacksonsPosition) {
  const auto cases = readCases("event_pattern_errors.txt");
  ASSERT_GT(cases.size(), 20u);
  for (const auto& each : cases) {
    ASSERT_EQ(each.size(), 3u);
    const auto pattern = EventPattern::parse(each[0]);
    ASSERT_FALSE(pattern.ok()) << each[0];
    EXPECT_EQ(pattern.error().reason,
              each[2] + "\n at [Source: (String)\"" + each[0] + "\"; line: 1, column: " + each[1] + "]");
  }
}

TEST(EventPatternTest, KnowsItsSources) {
  const auto sources = [](const char* text) { return EventPattern::parse(text)->sources(); };
  EXPECT_EQ(sources(R"({"source":["aws.s3","aws.ec2"],"detail":{"a":[1]}})"),
            (std::set<std::string>{"aws.s3", "aws.ec2"}));
  EXPECT_EQ(sources(R"({"source":[{"prefix":"aws."}]})"), (std::set<std::string>{"*"}));
  EXPECT_EQ(sources(R"({"source":["x",{"prefix":"aws."}]})"), (std::set<std::string>{"*"}));
  EXPECT_EQ(sources(R"({"detail-type":["x"]})"), (std::set<std::string>{"*"}));
}

TEST(EventPatternTest, IsBounded) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += R"({"a":)";
  deep += R"(["x"])" + std::string(200, '}');
  EXPECT_FALSE(EventPattern::parse(deep).ok());
  EXPECT_FALSE(EventPattern::parse(std::string(kMaxPatternBytes + 1, ' ')).ok());
  const std::string either = R"("$or":[{"a":["1"]},{"a":["2"]},{"a":["3"]},{"a":["4"]},{"a":["5"]},{"a":["6"]}])";
  EXPECT_TRUE(EventPattern::parse("{" + either + R"(,"b":{)" + either + "}}").ok());
  EXPECT_FALSE(
      EventPattern::parse("{" + either + R"(,"b":{)" + either + R"(,"c":{)" + either + R"(,"d":{)" + either + "}}}}")
          .ok());
  // A wildcard that would take a naive matcher for ever.
  std::string stars = R"({"a":[{"wildcard":")";
  for (int i = 0; i < 40; ++i) stars += "a*";
  const auto pattern = EventPattern::parse(stars + R"(b"}]})");
  ASSERT_TRUE(pattern.ok());
  EXPECT_FALSE(pattern->matches(base::Json::object({{"a", std::string(200'000, 'a')}})));
}

}  // namespace
}  // namespace thimble::lang::event_pattern
