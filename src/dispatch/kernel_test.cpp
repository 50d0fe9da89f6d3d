#include "dispatch/kernel.h"

#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"

namespace thimble::dispatch {
namespace {

/// Notes each input in a row; does what the payload of Start or Signal says.
class Recorder final : public ProcessKind {
 public:
  void decide(ProcessContext& context, const ProcessInput& input) override {
    static constexpr const char* kNames[] = {"Start",      "Signal",     "Continue", "TaskStarted",
                                             "TaskResult", "WorkerLost", "Timer"};
    std::string line = kNames[static_cast<int>(input.type)];
    if (!input.name.empty()) line += ":" + input.name;
    if (input.outcome)
      line += input.outcome->ok() ? "=" + input.outcome->value().output.write() : "!" + input.outcome->error().code;
    const std::string key = "log/" + context.self().id;
    context.transaction().put(key, context.transaction().get(key).value_or("") + line + " ");

    if (const base::Json* timer = input.payload.find("timer")) {
      context.scheduleTimer("t", context.now().plusMilliseconds(timer->asInt()));
    }
    if (input.payload.contains("cancel")) context.cancelTimer("t");
    if (input.payload.contains("continue")) context.scheduleContinue();
    if (const base::Json* operation = input.payload.find("call")) {
      Call call;
      call.identity = Identity::root("000000000000");
      call.service = "sts";
      call.operation = operation->asString();
      call.input = base::Json::object();
      context.scheduleCall(call, "c");
    }
    if (input.payload.contains("complete")) context.complete("done");
  }
};

class KernelTest : public testing::Test {
 protected:
  KernelTest() { connect(); }
  void connect() { world_.kernel().addKind("recorder", recorder_); }
  void crash() {
    world_.crash();
    connect();
  }
  void start(const std::string& id, base::Json payload) {
    world_.environment().store.transact([&](store::Transaction& transaction) {
      const Call call;
      Context(world_.environment(), world_.kernel(), transaction, call).start({"recorder", id}, payload);
    });
  }
  std::string log(const std::string& id) { return world_.environment().store.begin().get("log/" + id).value_or(""); }

  TestWorld world_;
  Recorder recorder_;
};

TEST_F(KernelTest, ContinuesOnceAfterTheCommit) {
  world_.start();
  start("p", base::Json::object({{"continue", true}}));
  EXPECT_EQ(log("p"), "Start ");
  world_.run();
  EXPECT_EQ(log("p"), "Start Continue ");
  EXPECT_EQ(world_.kernel().busy(), 0u);
}

TEST_F(KernelTest, WhatWasScheduledBeforeACrashRunsAfterIt) {
  world_.start();
  start("p", base::Json::object({{"continue", true}}));
  start("q", base::Json::object({{"timer", 1000}}));
  crash();
  world_.start();
  world_.run();
  EXPECT_EQ(log("p"), "Start Continue ");
  world_.runFor(999);
  EXPECT_EQ(log("q"), "Start ");
  world_.runFor(1);
  EXPECT_EQ(log("q"), "Start Timer:t ");
}

TEST_F(KernelTest, TimersFireOnceAndNotWhenCancelled) {
  world_.start();
  start("p", base::Json::object({{"timer", 50}}));
  start("q", base::Json::object({{"timer", 50}}));
  world_.kernel().signalLater({"recorder", "q"}, base::Json::object({{"cancel", true}}));
  world_.runFor(10'000);
  EXPECT_EQ(log("p"), "Start Timer:t ");
  EXPECT_EQ(log("q"), "Start Signal ");
}

TEST_F(KernelTest, ManyTimersAllFire) {
  world_.start();
  for (int i = 0; i < 1000; ++i) start("p" + std::to_string(i), base::Json::object({{"timer", 1 + i % 7}}));
  world_.runFor(7);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(log("p" + std::to_string(i)), "Start Timer:t ") << i;
}

/// By the clock of the moment nothing is early; nothing is lost or doubled when the clock is set, restarts included.
TEST_F(KernelTest, TimersStandAClockThatIsSet) {
  constexpr std::int64_t kHour = 3'600'000;
  constexpr std::int64_t kYear = 365 * 24 * kHour;
  world_.start();
  const base::Timestamp begin = world_.clock().now();
  start("hour", base::Json::object({{"timer", kHour}}));
  start("year", base::Json::object({{"timer", kYear}}));
  world_.clock().set(begin.plusMilliseconds(-kHour));
  world_.run();
  EXPECT_EQ(log("hour"), "Start ");
  world_.runFor(2 * kHour - 1);
  EXPECT_EQ(log("hour"), "Start ");
  world_.runFor(1);
  EXPECT_EQ(log("hour"), "Start Timer:t ");
  crash();
  world_.start();
  world_.clock().set(begin.plusMilliseconds(kYear - 1));
  world_.run();
  EXPECT_EQ(log("year"), "Start ");
  world_.clock().set(begin.plusMilliseconds(kYear + 5 * kHour));
  world_.run();
  world_.clock().set(begin);
  crash();
  world_.start();
  world_.clock().set(begin.plusMilliseconds(2 * kYear));
  world_.run();
  EXPECT_EQ(log("hour"), "Start Timer:t ");
  EXPECT_EQ(log("year"), "Start Timer:t ");
}

TEST_F(KernelTest, ACallThatDoesNotExistComesBackAsAnError) {
  world_.start();
  start("p", base::Json::object({{"call", "NoSuchOperation"}}));
  world_.run();
  EXPECT_EQ(log("p"), "Start TaskStarted:c TaskResult:c!UnknownOperationException ");
}

TEST_F(KernelTest, WhoAwaitsGetsTheReply) {
  world_.start();
  std::string reply;
  world_.kernel().await({"recorder", "p"}, [&](const base::Json& value) { reply = value.asString(); });
  start("p", base::Json::object({{"complete", true}}));
  world_.run();
  EXPECT_EQ(reply, "done");
}

}  // namespace
}  // namespace thimble::dispatch
