#include "lang/schedule/time_zone.h"

#include <gtest/gtest.h>

namespace thimble::lang::schedule {
namespace {

/// Minutes to add to UTC.
std::int64_t minutes(const TimeZone& zone, const char* time) {
  return zone.offset(*base::parseIso8601(time)) / 60'000;
}

TEST(TimeZoneTest, RulesOfEachYear) {
  struct Case {
    const char* rule;
    const char* time;
    std::int64_t minutes;
  };
  const Case cases[] = {
      {"UTC0", "2026-07-01T00:00:00Z", 0},
      {"<+0530>-5:30", "2026-07-01T00:00:00Z", 330},
      {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -300},
      {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -240},
      {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -240},
      {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -300},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", 60},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 120},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 60},
      // In the south the summer goes over the year's end.
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 660},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-06-01T00:00:00Z", 600},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-12-31T23:00:00Z", 660},
      {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-12-01T00:00:00Z", 660},
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -120},
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -60},
      {"AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00Z", 60},
      {"AAA0BBB,J60/0,J300/0", "2028-02-29T12:00:00Z", 0},
      {"AAA0BBB,59/0,300/0", "2028-02-29T12:00:00Z", 60},
  };
  for (const Case& each : cases) {
    const auto zone = TimeZone::parseRule(each.rule);
    ASSERT_TRUE(zone) << each.rule;
    EXPECT_EQ(minutes(*zone, each.time), each.minutes) << each.rule << " " << each.time;
  }
  for (const char* rule : {"", "5", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "<EST5"}) {
    EXPECT_FALSE(TimeZone::parseRule(rule)) << rule;
  }
}

std::string bigEndian(std::int64_t value, int size) {
  std::string out;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

std::string header(std::int64_t times, std::int64_t types, std::int64_t characters) {
  return "TZif2" + std::string(15, '\0') + bigEndian(0, 4) + bigEndian(0, 4) + bigEndian(0, 4) + bigEndian(times, 4) +
         bigEndian(types, 4) + bigEndian(characters, 4);
}

TEST(TimeZoneTest, Files) {
  const std::string types = bigEndian(1800, 4) + std::string(2, '\0') + bigEndian(-3600, 4) + std::string(2, '\0');
  const std::string file = header(0, 1, 4) + bigEndian(0, 4) + std::string(2, '\0') + std::string("LMT\0", 4) +
                           header(2, 2, 4) + bigEndian(0, 8) + bigEndian(86'400, 8) + std::string("\1\0", 2) + types +
                           std::string("LMT\0", 4) + "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
  const auto zone = TimeZone::parseFile(file);
  ASSERT_TRUE(zone);
  EXPECT_EQ(minutes(*zone, "1969-12-31T23:59:59Z"), 30);
  EXPECT_EQ(minutes(*zone, "1970-01-01T12:00:00Z"), -60);
  EXPECT_EQ(minutes(*zone, "2026-07-01T00:00:00Z"), 120);
  EXPECT_EQ(minutes(*zone, "2026-12-01T00:00:00Z"), 60);
  for (std::size_t size = 0; size < file.size(); ++size) TimeZone::parseFile(std::string_view(file).substr(0, size));
  EXPECT_FALSE(TimeZone::parseFile(file.substr(0, file.size() - 40)));
  EXPECT_FALSE(TimeZone::parseFile("TZif"));
}

}  // namespace
}  // namespace thimble::lang::schedule
