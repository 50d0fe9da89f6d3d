#include "dispatch/denials.h"

#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"

namespace thimble::dispatch {
namespace {

Denial denial(int number) {
  Denial made;
  made.time = {1'700'000'000'000};
  made.request_id = "request-" + std::to_string(number);
  made.service = "states";
  made.operation = "StartExecution";
  made.principal = "arn:aws:iam::000000000000:user/ann";
  made.action = "states:StartExecution";
  made.resource = "*";
  made.explanation = {"There is no identity-based policy for this request."};
  return made;
}

TEST(DenialLog, KeepsTheLastOnesOverARestart) {
  TestWorld world;
  store::Store& store = world.environment().store;
  DenialLog log(store);
  const DenialLog& written = log;
  EXPECT_TRUE(log.recent().empty());
  const int total = static_cast<int>(DenialLog::kCapacity) + 10;
  for (int i = 0; i < total; ++i) log.record(denial(i));
  log.record(denial(total - 1));  // The same again.
  const DenialLog reopened(store);
  for (const DenialLog* each : {&written, &reopened}) {
    const auto recent = each->recent();
    ASSERT_EQ(recent.size(), static_cast<std::size_t>(DenialLog::kCapacity));
    EXPECT_EQ(recent.front().request_id, "request-" + std::to_string(total - 1));
    EXPECT_EQ(recent.back().request_id, "request-10");
    EXPECT_EQ(each->recent(3).size(), 3U);
  }
  EXPECT_EQ(describe(reopened.recent(1).front()),
            "2023-11-14T22:13:20Z  arn:aws:iam::000000000000:user/ann may not states:StartExecution on *\n"
            "  in the call states:StartExecution (request request-265)\n"
            "  There is no identity-based policy for this request.\n");
}

}  // namespace
}  // namespace thimble::dispatch
