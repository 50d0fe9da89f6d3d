#include "dispatch/log_delivery.h"

#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "wire/shapes/logs.h"

namespace thimble::dispatch {
namespace {

/// CloudWatch Logs, as far as a delivery calls it.
class LogDeliveryTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.registry().add<shapes::logs::CreateLogStream>(
        [this](Context&,
               const shapes::logs::CreateLogStream::Input&) -> base::Result<shapes::logs::CreateLogStream::Output> {
          ++tries_;
          if (refuse_) return base::ApiError{"AccessDeniedException", "no", 400};
          return shapes::logs::CreateLogStream::Output{};
        });
    world_.registry().add<shapes::logs::PutLogEvents>(
        [this](Context&,
               const shapes::logs::PutLogEvents::Input& input) -> base::Result<shapes::logs::PutLogEvents::Output> {
          std::string lines;
          for (const auto& event : input.logEvents_) lines += event.message_;
          puts_.push_back(lines);
          return shapes::logs::PutLogEvents::Output{};
        });
    world_.start();
  }

  void log(const std::string& line) { delivery_->deliver(target_, "stream", {{world_.clock().now(), line}}); }

  TestWorld world_;
  std::shared_ptr<LogDelivery> delivery_ = std::make_shared<LogDelivery>(world_.doorway());
  LogTarget target_{"000000000000",         "us-east-1", "arn:aws:iam::000000000000:role/r",
                    "lambda.amazonaws.com", "f",         "/aws/lambda/f"};
  bool refuse_ = false;
  int tries_ = 0;
  std::vector<std::string> puts_;
};

using Puts = std::vector<std::string>;

TEST_F(LogDeliveryTest, LinesGoAtOnceUntilThereAreManyAndThenTogether) {
  for (const char* line : {"a", "b", "c"}) {
    log(line);
    world_.run();
  }
  EXPECT_EQ(puts_, (Puts{"a", "b", "c"}));
  std::string lines = "abc";
  for (char line = 'd'; line <= 'z'; ++line) {
    log(std::string(1, line));
    lines += line;
    world_.run();
  }
  EXPECT_LT(puts_.size(), 15u);
  world_.runFor(100);
  EXPECT_LT(puts_.size(), 15u);
  std::string put;
  for (const std::string& each : puts_) put += each;
  EXPECT_EQ(put, lines);
  const std::size_t before = puts_.size();
  world_.clock().advance(1000);
  log("later");
  world_.run();
  EXPECT_EQ(puts_.size(), before + 1);
  EXPECT_EQ(tries_, 1);
}

TEST_F(LogDeliveryTest, AFlushDoesNotWaitForABatch) {
  for (int i = 0; i < 20; ++i) {
    log("a");
    world_.run();
  }
  const std::size_t before = puts_.size();
  EXPECT_LT(before, 15u);
  bool flushed = false;
  delivery_->flush("stream", [&] { flushed = true; });
  world_.run();
  EXPECT_TRUE(flushed);
  EXPECT_EQ(puts_.size(), before + 1);
  delivery_->flush("stream", [&] { flushed = false; });
  EXPECT_FALSE(flushed);
  world_.runFor(1000);
  EXPECT_EQ(puts_.size(), before + 1);
}

TEST_F(LogDeliveryTest, ARefusedStreamIsTriedAgainAfterAWhile) {
  refuse_ = true;
  for (int i = 0; i < 5; ++i) {
    log("lost");
    world_.run();
  }
  EXPECT_EQ(tries_, 1);
  refuse_ = false;
  world_.runFor(2000);
  EXPECT_EQ(tries_, 2);
  EXPECT_EQ(puts_, (Puts{"lostlostlostlost"}));
}

}  // namespace
}  // namespace thimble::dispatch
