#include "base/time.h"

#include <gtest/gtest.h>

namespace thimble::base {
namespace {

TEST(Time, WritesEachForm) {
  const Timestamp time{1'795'462'662'123};
  EXPECT_EQ(formatIso8601Milliseconds(time), "2026-11-23T19:37:42.123Z");
  EXPECT_EQ(formatIso8601Seconds(time), "2026-11-23T19:37:42Z");
  EXPECT_EQ(formatHttpDate(time), "Mon, 23 Nov 2026 19:37:42 GMT");
  EXPECT_EQ(formatBasicIso8601(time), "20261123T193742Z");
}

TEST(Time, ReadsEachForm) {
  EXPECT_EQ(parseIso8601("2026-11-23T19:37:42.1239Z"), (Timestamp{1'795'462'662'123}));
  EXPECT_EQ(parseIso8601("2026-11-23T20:37:42+01:00"), (Timestamp{1'795'462'662'000}));
  EXPECT_EQ(parseHttpDate("Mon, 23 Nov 2026 19:37:42 GMT"), (Timestamp{1'795'462'662'000}));
  EXPECT_EQ(parseBasicIso8601("20261123T193742Z"), (Timestamp{1'795'462'662'000}));
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* text : {"", "2026-11-23", "2026-13-23T19:37:42Z", "2026-02-30T00:00:00Z", "2026-11-23T19:37:42",
                           "2026-11-23T25:37:42Z", "2026-11-23T19:37:42.Z", "2026-11-23T19:37:42Zx"}) {
    EXPECT_EQ(parseIso8601(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace thimble::base
