#include "platform/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>

namespace thimble::platform {
namespace {

/// Runs, and is not only waiting to be reaped by whoever inherited it.
bool runs(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(status, text);
  const std::size_t name = text.rfind(')');
  return name != std::string::npos && name + 2 < text.size() && text[name + 2] != 'Z';
}

struct Ended {
  std::string output;
  ProcessOutcome outcome;
};

ProcessInput shell(const std::string& script) {
  ProcessInput input;
  input.arguments = {"/bin/sh", "-c", script};
  input.environment = {"PATH=/usr/bin:/bin"};
  return input;
}

Ended waitFor(const std::shared_ptr<Process>& process, std::size_t most = std::size_t{64} << 20) {
  auto promise = std::make_shared<std::promise<Ended>>();
  readAll(process, most, [promise](std::string output, ProcessOutcome outcome) {
    promise->set_value({std::move(output), std::move(outcome)});
  });
  auto future = promise->get_future();
  EXPECT_EQ(future.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  return future.get();
}

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() { signal(SIGPIPE, SIG_IGN); }
  ProcessRunner runner_{2};
};

TEST_F(ProcessTest, OutputErrorsAndStatusComeBack) {
  const auto process = runner_.start(shell("echo out; echo err >&2; exit 7"));
  process->closeInput();
  const Ended ended = waitFor(process);
  EXPECT_EQ(ended.output, "out\n");
  EXPECT_EQ(ended.outcome.error, "err\n");
  EXPECT_EQ(ended.outcome.status, 7);
}

TEST_F(ProcessTest, ManyBytesGoThroughInBothDirections) {
  const auto process = runner_.start(shell("cat"));
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 100; ++i) process->write(piece);
  process->closeInput();
  EXPECT_FALSE(process->wantsInput([] {}));
  const Ended ended = waitFor(process);
  EXPECT_EQ(ended.output.size(), 10'000'000u);
  EXPECT_TRUE(ended.outcome.ok());
  EXPECT_TRUE(process->wantsInput([] {}));
}

TEST_F(ProcessTest, NothingOfThisProcessIsInherited) {
  ProcessInput input = shell("env; ls /proc/self/fd");
  const Ended ended = waitFor(runner_.start(input));
  EXPECT_EQ(ended.output.find("HOME="), std::string::npos);
  EXPECT_EQ(ended.output.find("\n4\n"), std::string::npos) << ended.output;
}

TEST_F(ProcessTest, AKilledOneTakesItsChildrenAlong) {
  const auto process = runner_.start(shell("sleep 1000 & echo $!; wait"));
  std::promise<std::string> first;
  process->read(100, [&](Process::Output piece) { first.set_value(piece.bytes); });
  const pid_t child = std::stoi(first.get_future().get());
  process->kill();
  EXPECT_EQ(waitFor(process).outcome.status, 128 + SIGKILL);
  for (int i = 0; i < 5000 && runs(child); ++i) ::usleep(1000);
  EXPECT_FALSE(runs(child));
}

TEST_F(ProcessTest, TooMuchOutputEndsIt) {
  EXPECT_EQ(waitFor(runner_.start(shell("yes")), 100'000).outcome.status, 128 + SIGKILL);
}

TEST_F(ProcessTest, OthersWaitForTheirTurn) {
  std::vector<std::shared_ptr<Process>> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(runner_.start(shell("cat")));
    all.back()->write("hello");
    all.back()->closeInput();
  }
  for (const auto& each : all) EXPECT_EQ(waitFor(each).output, "hello");
}

TEST_F(ProcessTest, AProgramThatIsNotThereIsAFailure) {
  ProcessInput input;
  input.arguments = {"/nonexistent/program"};
  const Ended ended = waitFor(runner_.start(input));
  EXPECT_FALSE(ended.outcome.ok());
  EXPECT_NE(ended.outcome.error, "");
}

}  // namespace
}  // namespace thimble::platform
