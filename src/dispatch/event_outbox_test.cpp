#include "dispatch/event_outbox.h"

#include <gtest/gtest.h>

#include "dispatch/kernel_tables.h"
#include "dispatch/testing/event_recorder.h"
#include "dispatch/testing/test_world.h"

namespace thimble::dispatch {
namespace {

const Event kPush{"000000000000",
                  "us-east-1",
                  "aws.codecommit",
                  "CodeCommit Repository State Change",
                  {"arn:aws:codecommit:us-east-1:000000000000:repo"},
                  base::Json::object({{"event", "referenceUpdated"}})};

/// Emits in a transaction that is committed or, as after a failed precondition, thrown away.
void emit(TestWorld& world, const Event& event, bool commit = true) {
  store::Transaction transaction = world.environment().store.begin();
  const Call call;
  Context context(world.environment(), world.kernel(), transaction, call);
  emitEvent(context, event);
  if (commit) world.environment().store.commitAndWait(std::move(transaction));
}

TEST(EventOutboxTest, AnEventIsTakenUpOnceItsCauseIsCommitted) {
  TestWorld world;
  EventRecorder recorder(world);
  world.start();
  emit(world, kPush, false);
  world.run();
  EXPECT_TRUE(recorder.events().empty());
  emit(world, kPush);
  EXPECT_TRUE(recorder.events().empty());
  world.run();
  ASSERT_EQ(recorder.events().size(), 1u);
  const base::Json& event = recorder.events()[0];
  EXPECT_EQ(event.stringAt("id").size(), 36u);
  EXPECT_EQ(event["resources"].write(), R"(["arn:aws:codecommit:us-east-1:000000000000:repo"])");
  EXPECT_EQ(event["detail"].write(), R"({"event":"referenceUpdated"})");
  EXPECT_EQ(recorder.events("CodeCommit Repository State Change").size(), 1u);
  EXPECT_TRUE(recorder.events("Scheduled Event").empty());
}

TEST(EventOutboxTest, AnEventOutlivesACrash) {
  TestWorld world;
  EventRecorder recorder(world);
  world.start();
  emit(world, kPush);
  world.crash();
  recorder.listen(world);
  world.start();
  world.run();
  EXPECT_EQ(recorder.events().size(), 1u);
}

TEST(EventOutboxTest, WhatNobodyWantsLeavesNothing) {
  TestWorld world;  // No kind takes events up: one that was kept would throw.
  world.start();
  const auto want = [&](const std::string& region, const std::set<std::string>& sources) {
    world.environment().store.transact(
        [&](store::Transaction& transaction) { setWantedSources(transaction, "000000000000", region, sources); });
  };
  emit(world, kPush);
  want("us-east-1", {"aws.s3"});
  want("eu-west-1", {"*"});
  emit(world, kPush);
  store::Transaction transaction = world.environment().store.begin();
  EXPECT_FALSE(eventIsWanted(transaction, "000000000000", "us-east-1", "aws.codecommit"));
  EXPECT_TRUE(eventIsWanted(transaction, "000000000000", "us-east-1", "aws.s3"));
  EXPECT_TRUE(eventIsWanted(transaction, "000000000000", "eu-west-1", "aws.codecommit"));
  EXPECT_TRUE(kTasks.scan(transaction, {}).empty());
  want("eu-west-1", {});
  store::Transaction later = world.environment().store.begin();
  EXPECT_FALSE(eventIsWanted(later, "000000000000", "eu-west-1", "aws.codecommit"));
}

}  // namespace
}  // namespace thimble::dispatch
