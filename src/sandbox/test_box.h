// What the sandbox's tests share: one sandbox, and a box run to its end.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/sandbox.h"

namespace thimble::sandbox {

/// One box's outcome with all that it wrote.
struct BoxRun {
  BoxOutcome outcome;
  std::string output;
  bool ready = false;
};

inline BoxRun run(Sandbox& sandbox, const BoxInput& input) {
  BoxRun result;
  std::promise<void> ended;
  BoxEvents events;
  events.on_ready = [&](std::vector<int> listeners) {
    result.ready = true;
    for (const int listener : listeners) close(listener);
  };
  events.on_output = [&](std::string_view bytes) { result.output += bytes; };
  events.on_end = [&](const BoxOutcome& outcome) {
    result.outcome = outcome;
    ended.set_value();
  };
  sandbox.start(input, std::move(events));
  ended.get_future().wait();
  return result;
}

/// Runs a script of Python's in a box that is made before it is known: it starts with the interpreter alone and is then
/// given `completion`. `not_completed` is told what failed.
inline BoxRun runCompleted(Sandbox& sandbox, BoxInput input, const Completion& completion, const std::string& script,
                           std::string* not_completed = nullptr) {
  BoxRun result;
  int told[2] = {-1, -1};
  if (pipe2(told, O_CLOEXEC) != 0) std::abort();
  std::promise<void> ready;
  std::promise<void> ended;
  std::promise<std::string> completed;
  BoxEvents events;
  events.input = told[0];
  events.on_ready = [&](const std::vector<int>&) { ready.set_value(); };
  events.on_output = [&](std::string_view bytes) { result.output += bytes; };
  events.on_end = [&](const BoxOutcome& outcome) {
    result.outcome = outcome;
    ended.set_value();
  };
  input.completable = true;
  input.arguments = {"/usr/bin/python3", "-ISc", "exec(open(0, closefd=False).read())"};
  const BoxId id = sandbox.start(input, std::move(events));
  close(told[0]);
  ready.get_future().wait();
  result.ready = true;
  sandbox.complete(id, completion, [&](const std::string& failure) { completed.set_value(failure); });
  const std::string failure = completed.get_future().get();
  if (not_completed != nullptr) *not_completed = failure;
  if (!failure.empty() || write(told[1], script.data(), script.size()) != static_cast<ssize_t>(script.size())) {
    sandbox.kill(id);
  }
  close(told[1]);
  ended.get_future().wait();
  return result;
}

inline BoxInput command(std::vector<std::string> arguments) {
  BoxInput input;
  input.arguments = std::move(arguments);
  input.environment = {"PATH=/usr/bin:/bin"};
  input.limits.memory_bytes = 256u << 20;
  input.limits.tmp_bytes = 16u << 20;
  return input;
}

inline BoxInput shell(const std::string& script) {
  return command({"/bin/sh", "-c", script});
}
inline BoxInput python(const std::string& script) {
  return command({"/usr/bin/python3", "-ISc", script});
}

inline Sandbox& sharedSandbox() {
  static std::unique_ptr<Sandbox> sandbox = [] {
    auto opened = Sandbox::open();
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", opened.error().message.c_str());
      std::abort();
    }
    return std::move(opened).value();
  }();
  return *sandbox;
}

}  // namespace thimble::sandbox
