// The box of one build, and the server's ends of what leads into it.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "sandbox/sandbox.h"
#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// A file descriptor that is closed with its owner; -1: none.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int value = -1);
  int get() const { return value_; }

 private:
  int value_;
};

class BuildBox {
 public:
  /// Makes the box with nothing but the agent in it, and the build's folder. Throws PhaseFailure. The box's end is told
  /// to the state's control.
  void start(BuildState& state);
  /// The agent's socket, and the pipe that the commands print into, which does not block.
  int socket() const { return socket_.get(); }
  int output() const { return output_.get(); }

  /// Ends the box and all in it, takes the last of its output into the log, and drops its folder. Idempotent.
  void end(BuildState& state);

 private:
  Descriptor socket_;
  Descriptor output_;
  sandbox::BoxId box_ = 0;
  std::mutex mutex_;  ///< Guards what follows.
  std::vector<std::function<void()>> stop_api_;
};

}  // namespace thimble::services::codebuild::runner
