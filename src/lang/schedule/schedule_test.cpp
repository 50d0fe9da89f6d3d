#include "lang/schedule/schedule.h"

#include <gtest/gtest.h>

namespace thimble::lang::schedule {
namespace {

/// The next `count` moments after `after`, as "2026-01-01T00:00:00Z, ...".
std::string moments(const std::string& expression, const std::string& after, int count) {
  const auto schedule = Schedule::parse(expression);
  if (!schedule) return "not valid";
  auto time = base::parseIso8601(after);
  std::string out;
  for (int i = 0; i < count; ++i) {
    time = schedule->next(*time);
    if (!time) return out + "end";
    out += base::formatIso8601Seconds(*time) + " ";
  }
  return out;
}

TEST(ScheduleTest, KnowsTheNextMoments) {
  struct Case {
    const char* expression;
    const char* after;
    const char* moments;
  };
  const Case cases[] = {
      {"rate(1 minute)", "2026-11-28T10:00:30Z", "2026-11-28T10:01:30Z 2026-11-28T10:02:30Z "},
      {"rate(2 days)", "2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z 2026-03-04T00:00:00Z "},
      {"cron(0 10 * * ? *)", "2026-11-28T10:00:00Z", "2026-11-29T10:00:00Z 2026-11-30T10:00:00Z "},
      {"cron(15 12 * * ? *)", "2026-12-31T12:15:00Z", "2027-01-01T12:15:00Z 2027-01-02T12:15:00Z "},
      {"cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00:00Z", "2026-11-30T18:00:00Z 2026-12-01T18:00:00Z "},
      {"cron(0 8 1 * ? *)", "2026-11-28T00:00:00Z", "2026-12-01T08:00:00Z 2027-01-01T08:00:00Z "},
      {"cron(0/15 * * * ? *)", "2026-11-28T10:50:01Z", "2026-11-28T11:00:00Z 2026-11-28T11:15:00Z "},
      {"cron(0/5 8-17 ? * MON-FRI *)", "2026-11-27T17:55:00Z", "2026-11-30T08:00:00Z 2026-11-30T08:05:00Z "},
      {"cron(0/30 20-2 ? * MON-FRI *)", "2026-11-26T23:30:00Z", "2026-11-27T00:00:00Z 2026-11-27T00:30:00Z "},
      {"cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z 2028-03-31T00:00:00Z "},
      {"cron(0 0 L-3 * ? *)", "2026-02-01T00:00:00Z", "2026-02-25T00:00:00Z 2026-03-28T00:00:00Z "},
      {"cron(0 0 LW * ? *)", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z 2026-02-27T00:00:00Z "},
      {"cron(0 0 3W * ? *)", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z 2026-02-03T00:00:00Z "},
      {"cron(0 0 1W * ? *)", "2026-07-31T12:00:00Z", "2026-08-03T00:00:00Z 2026-09-01T00:00:00Z "},
      {"cron(0 2 ? * SAT#3 *)", "2026-11-01T00:00:00Z", "2026-11-21T02:00:00Z 2026-12-19T02:00:00Z "},
      {"cron(0 2 ? * 2#5 *)", "2026-11-01T00:00:00Z", "2026-11-30T02:00:00Z 2027-03-29T02:00:00Z "},
      {"cron(15 10 ? * 6L 2026-2027)", "2026-11-01T00:00:00Z", "2026-11-27T10:15:00Z 2026-12-25T10:15:00Z "},
      {"cron(0 0 ? * L *)", "2026-11-28T00:00:00Z", "2026-12-05T00:00:00Z 2026-12-12T00:00:00Z "},
      {"cron(0 0 ? * FRI-SUN *)", "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z 2026-11-29T00:00:00Z "},
      {"cron(0 0 29 feb ? *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z "},
      {"cron(0/5 5 ? JAN 1-5 2022)", "2026-01-01T00:00:00Z", "end"},
      {"cron(0 0 31 2 ? *)", "2026-01-01T00:00:00Z", "end"},
      {"cron(1,2 3 1,15 1/6 ? *)", "2026-01-01T03:01:00Z", "2026-01-01T03:02:00Z 2026-01-15T03:01:00Z "},
  };
  for (const Case& each : cases) EXPECT_EQ(moments(each.expression, each.after, 2), each.moments) << each.expression;
}

TEST(ScheduleTest, RefusesWhatAwsRefuses) {
  for (const char* expression : {"",
                                 "rate()",
                                 "rate(0 minutes)",
                                 "rate(1 minutes)",
                                 "rate(5 minute)",
                                 "rate(5 seconds)",
                                 "rate(-1 minutes)",
                                 "rate( 5 minutes)",
                                 "rate(5 minutes",
                                 "rate(99999999999999999999 days)",
                                 "cron(INVALID)",
                                 "cron(0 1 * * * *)",
                                 "cron(0 1 ? * ? *)",
                                 "cron(71 8 1 * ? *)",
                                 "cron(0 dummy ? * MON-FRI *)",
                                 "cron(0 24 * * ? *)",
                                 "cron(0 1 32 * ? *)",
                                 "cron(0 1 ? * 8 *)",
                                 "cron(0 1 ? * 2#6 *)",
                                 "cron(0 1 1 13 ? *)",
                                 "cron(0 1 1 * ? 1969)",
                                 "cron(0/0 1 1 * ? *)",
                                 "cron(0 1 1 * ?)",
                                 "cron(0 1 1 * ? * *)",
                                 "cron(0 1 W * ? *)",
                                 "0 1 1 * ? *"}) {
    EXPECT_FALSE(Schedule::parse(expression)) << expression;
  }
}

}  // namespace
}  // namespace thimble::lang::schedule
