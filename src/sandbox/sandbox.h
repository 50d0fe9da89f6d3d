// The sandbox: runs commands of others in boxes of their own, without ever forking this process.
//
// A box has its own user, processes, network, host name, files and limits (box.h). It is made by the spawner, a small
// program that this library carries and starts once. The caller hears of a box by callbacks: onReady once the command
// runs, onOutput, and exactly once onEnd, when no process of the box is left. A failure of ours before the command
// started is told apart from every failure of the command.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/box.h"

namespace thimble::sandbox {

/// Names one started box; never used twice by one Sandbox.
using BoxId = std::uint64_t;

/// Called on the sandbox's own thread; must not block, and may call start() and kill(). Each may be empty.
struct BoxEvents {
  /// The command has been executed. The listeners asked for are the callee's to close.
  std::function<void(std::vector<int> listeners)> on_ready;
  /// Bytes that the command wrote to its standard output and error, in order.
  std::function<void(std::string_view bytes)> on_output;
  /// A descriptor to be the command's standard output and error instead, so that on_output is not called; the caller
  /// keeps it open until start() returns. -1: none.
  int output = -1;
  /// A descriptor to be the command's standard input; the caller keeps it open until start() returns. -1: /dev/null.
  int input = -1;
  /// The end; nothing of this box is called afterwards.
  std::function<void(const BoxOutcome& outcome)> on_end;
};

/// Why this machine cannot run boxes: which isolation is missing, and the remedy. There is no weaker mode.
struct SandboxRefusal {
  std::string message;
};

class Sandbox {
 public:
  /// Starts the spawner and waits until it has tried every kind of isolation.
  static base::Result<std::unique_ptr<Sandbox>, SandboxRefusal> open();
  /// Kills what still runs, without further callbacks, and waits for it.
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// What the machine offers; for the doctor command.
  const Support& support() const;
  /// Tells that boxes with outbound connections are to come, so that the first of them does not wait for its network.
  void prepareOutbound();
  /// Starts a box and returns at once; from any thread.
  BoxId start(const BoxInput& input, BoxEvents events);
  /// Gives a completable box, whose command has been executed, what it lacks. `done` is called once, on the sandbox's
  /// thread and before on_end, with what failed or nothing; a box that was not completed is to be killed.
  void complete(BoxId id, const Completion& completion, std::function<void(const std::string& failure)> done);
  /// Ends a box and all its processes, at once; from any thread. Its outcome is Killed unless it ended before.
  void kill(BoxId id);
  /// The most memory that a running box has held so far; 0 when it has ended, or when the machine does not tell.
  std::uint64_t peakMemory(BoxId id) const;

 private:
  class Machine;
  explicit Sandbox(std::unique_ptr<Machine> machine);
  std::unique_ptr<Machine> machine_;
};

}  // namespace thimble::sandbox
