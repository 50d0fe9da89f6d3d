#include "sandbox/sandbox.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include "sandbox/test_box.h"

namespace thimble::sandbox {
namespace {

TEST(Sandbox, TellsOutputAndExitStatus) {
  const BoxRun result = run(sharedSandbox(), shell("echo out; echo err >&2; id -u; hostname; exit 7"));
  EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Exited) << result.outcome.message;
  EXPECT_EQ(result.outcome.status, 7);
  EXPECT_EQ(result.output, "out\nerr\n993\nthimble\n");
  EXPECT_TRUE(result.ready);
}

TEST(Sandbox, TellsSignals) {
  const BoxRun result = run(sharedSandbox(), shell("kill -SEGV $$"));
  EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Signalled) << result.outcome.message;
  EXPECT_EQ(result.outcome.status, 11);
}

TEST(Sandbox, TellsOurFailuresFromTheProgramsOwn) {
  BoxInput missing_source = shell("true");
  missing_source.mounts.push_back({"/no/such/folder", "/var/task"});
  const BoxRun ours = run(sharedSandbox(), missing_source);
  EXPECT_EQ(ours.outcome.kind, BoxOutcome::Kind::SetupFailed);
  EXPECT_EQ(ours.outcome.message, "mounting /no/such/folder: No such file or directory");
  EXPECT_FALSE(ours.ready);

  BoxInput wrong_target = shell("true");
  wrong_target.mounts.push_back({"/tmp", "/usr"});
  EXPECT_EQ(run(sharedSandbox(), wrong_target).outcome.message, "no place for a mount: /usr");

  BoxInput missing_program = shell("true");
  missing_program.arguments = {"/var/task/bootstrap"};
  const BoxRun theirs = run(sharedSandbox(), missing_program);
  EXPECT_EQ(theirs.outcome.kind, BoxOutcome::Kind::ExecFailed);
  EXPECT_EQ(theirs.outcome.status, ENOENT);
}

/// The folders of a spawner's control groups: one in each hierarchy.
std::vector<std::string> groupsOf(const std::string& spawner) {
  std::vector<std::string> found;
  std::error_code error;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  for (std::filesystem::recursive_directory_iterator each("/sys/fs/cgroup", options, error), end; each != end;
       each.increment(error)) {
    if (each->path().filename() == "thimble-" + spawner) found.push_back(each->path().string());
  }
  return found;
}

std::string readAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Sandbox, LeavesNoControlGroup) {
  auto sandbox = Sandbox::open();
  ASSERT_TRUE(sandbox.ok());
  // The newest of our children.
  const std::string self = std::to_string(getpid());
  std::istringstream children(readAll("/proc/self/task/" + self + "/children"));
  std::string spawner;
  for (std::string each; children >> each;) spawner = each;
  (*sandbox)->prepareOutbound();
  // Three, so that the last are born in groups that the spawner waited in.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(**sandbox, shell("exit 0")).outcome.status, 0);
  EXPECT_EQ(groupsOf(spawner).empty(), !(*sandbox)->support().memory_limit);
  sandbox->reset();
  EXPECT_EQ(groupsOf(spawner), std::vector<std::string>{});
}

TEST(Sandbox, KillEndsAllProcesses) {
  std::promise<BoxOutcome> ended;
  std::promise<void> started;
  bool told = false;
  BoxEvents events;
  events.on_output = [&](std::string_view) {
    if (!std::exchange(told, true)) started.set_value();
  };
  events.on_end = [&](const BoxOutcome& outcome) { ended.set_value(outcome); };
  const BoxId id = sharedSandbox().start(
      shell("trap '' TERM INT HUP; (setsid sleep 4321 &) ; sleep 4321 & echo up; while :; do sleep 4321; done"),
      std::move(events));
  started.get_future().wait();
  const auto before = std::chrono::steady_clock::now();
  sharedSandbox().kill(id);
  EXPECT_EQ(ended.get_future().get().kind, BoxOutcome::Kind::Killed);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(500));
  // The end is told when the whole tree is gone.
  EXPECT_NE(std::system("grep -lsz '^4321$' /proc/[0-9]*/cmdline > /dev/null"), 0);
}

TEST(Sandbox, BackgroundProcessesDoNotOutliveTheCommand) {
  const BoxRun result = run(sharedSandbox(), shell("(setsid sleep 4322 > /dev/null 2>&1 &) ; exit 0"));
  EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Exited);
  EXPECT_NE(std::system("grep -lsz '^4322$' /proc/[0-9]*/cmdline > /dev/null"), 0);
}

TEST(Sandbox, ShowsFoldersReadOnly) {
  char folder[] = "/tmp/thimble-box-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  std::ofstream(std::string(folder) + "/file") << "code";
  // Only its owner may pass the folder above, as in a data directory: the box sees the mount all the same.
  const std::string inner = std::string(folder) + "/code";
  std::filesystem::create_directory(inner);
  std::ofstream(inner + "/file") << "code";
  chmod(folder, 0700);
  BoxInput input =
      shell("cat /var/task/file; touch /var/task/new 2> /dev/null || echo refused; echo x > /tmp/y && cat /tmp/y");
  input.mounts.push_back({inner, "/var/task"});
  EXPECT_EQ(run(sharedSandbox(), input).output, "coderefused\nx\n");
  std::filesystem::remove_all(folder);
}

TEST(Sandbox, CompletesABoxOnce) {
  char folder[] = "/tmp/thimble-box-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  std::ofstream(std::string(folder) + "/file") << "code";
  chmod(folder, 0755);
  BoxInput input = python("");
  input.working_directory = "/var/task";
  std::string failure;
  const BoxRun result =
      runCompleted(sharedSandbox(), input, {.mounts = {{folder, "/var/task"}}, .tmp_bytes = 8 << 20}, R"(
import os
print(os.listdir('.'), os.getcwd(), os.listdir('/var/task'), end=' ')
os.chdir('/var/task')
print(os.listdir('.'), os.statvfs('/tmp').f_blocks * os.statvfs('/tmp').f_bsize >> 20)
)",
                   &failure);
  EXPECT_EQ(failure, "");
  EXPECT_EQ(result.output, "[] /var/task ['file'] ['file'] 8\n");
  std::filesystem::remove_all(folder);

  runCompleted(sharedSandbox(), input, {.mounts = {{"/no/such/folder", "/var/task"}}}, "", &failure);
  EXPECT_EQ(failure, "mounting /no/such/folder: No such file or directory");
  runCompleted(sharedSandbox(), input, {.mounts = {{"/usr", "/usr"}}}, "", &failure);
  EXPECT_EQ(failure, "no place for a mount: /usr");
}

TEST(Sandbox, CompletesNothingThatRunsAlready) {
  for (const bool completable : {false, true}) {
    std::promise<void> ready;
    std::promise<void> completed;
    std::promise<void> ended;
    std::string output;
    std::vector<std::string> answers;
    int told[2];
    ASSERT_EQ(pipe2(told, O_CLOEXEC), 0);
    BoxEvents events;
    events.input = told[0];
    events.on_ready = [&](const std::vector<int>&) { ready.set_value(); };
    events.on_output = [&](std::string_view bytes) { output += bytes; };
    events.on_end = [&](const BoxOutcome&) { ended.set_value(); };
    BoxInput input = shell("read line; ls /var/task");
    input.completable = completable;
    const BoxId id = sharedSandbox().start(input, std::move(events));
    ready.get_future().wait();
    if (completable) {
      sharedSandbox().complete(id, {}, [&](const std::string& failure) {
        answers.push_back(failure);
        completed.set_value();
      });
      completed.get_future().wait();
    }
    // Taken as any other message, in order, and without an effect.
    sharedSandbox().complete(id, {.mounts = {{"/usr", "/var/task"}}},
                             [&](const std::string& failure) { answers.push_back(failure); });
    run(sharedSandbox(), shell("true"));
    ASSERT_EQ(write(told[1], "\n", 1), 1);
    ended.get_future().wait();
    EXPECT_EQ(output, "");
    EXPECT_EQ(answers.back(), "the box has ended");
    EXPECT_EQ(answers.size(), completable ? 2u : 1u);
    close(told[0]);
    close(told[1]);
  }
}

TEST(Sandbox, GivesListenersOfTheBoxesOwnNetwork) {
  std::promise<BoxOutcome> ended;
  std::string output;
  BoxEvents events;
  events.on_ready = [&](std::vector<int> listeners) {
    ASSERT_EQ(listeners.size(), 2u);
    std::thread([listeners] {
      pollfd watched{listeners[1], POLLIN, 0};
      poll(&watched, 1, 10000);
      const int connection = accept(listeners[1], nullptr, nullptr);
      EXPECT_EQ(write(connection, "hello from outside\n", 19), 19);
      close(connection);
      for (const int listener : listeners) close(listener);
    }).detach();
  };
  events.on_output = [&](std::string_view bytes) { output += bytes; };
  events.on_end = [&](const BoxOutcome& outcome) { ended.set_value(outcome); };
  BoxInput input = shell("");
  input.listeners = {9001, 4566};
  input.arguments = {
      "/usr/bin/python3", "-ISc",
      "import socket\ns=socket.create_connection(('127.0.0.1',4566))\nprint(s.recv(100).decode(),end='')"};
  sharedSandbox().start(input, std::move(events));
  EXPECT_EQ(ended.get_future().get().status, 0);
  EXPECT_EQ(output, "hello from outside\n");
}

TEST(Sandbox, ManyAtTheSameTime) {
  std::vector<std::future<BoxRun>> runs;
  for (int i = 0; i < 24; ++i) {
    runs.push_back(
        std::async(std::launch::async, [i] { return run(sharedSandbox(), shell("exit " + std::to_string(i))); }));
  }
  for (int i = 0; i < 24; ++i) {
    const BoxRun result = runs[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Exited) << result.outcome.message;
    EXPECT_EQ(result.outcome.status, i);
  }
}

TEST(Sandbox, AnOverlayNeedsAPlaceForItsChanges) {
  BoxInput input = shell("true");
  input.root = RootKind::Overlay;
  EXPECT_EQ(run(sharedSandbox(), input).outcome.message, "no folder for the changes of an overlay");
}

}  // namespace
}  // namespace thimble::sandbox
