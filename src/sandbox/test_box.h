// What the sandbox's tests share: one sandbox, and a box run to its end.
#pragma once

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
