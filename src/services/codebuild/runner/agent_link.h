// The server's end of a build's agent: asks one thing at a time, and meanwhile brings the output to the log.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/codebuild/agent/protocol.h"
#include "services/codebuild/runner/build_log.h"

namespace thimble::services::codebuild::runner {

/// Why the build cannot go on.
enum class Interruption { Stopped, TimedOut, BoxEnded, DiskFull };

/// Thrown out of whatever the build was doing.
struct Interrupted {
  Interruption why = Interruption::Stopped;
};

class AgentLink {
 public:
  using Steady = std::chrono::steady_clock;

  /// Descriptors are borrowed. `socket`: the agent's; `output`: what the commands print, not blocking; `wake`: an
  /// eventfd that is written when `interrupted` may have changed; it is asked once a second too.
  AgentLink(int socket, int output, int wake, std::function<std::optional<Interruption>()> interrupted, BuildLog& log,
            Steady::time_point deadline)
      : socket_(socket),
        output_(output),
        wake_(wake),
        interrupted_(std::move(interrupted)),
        log_(log),
        deadline_(deadline) {}

  /// All of these throw Interrupted.
  void awaitReady();
  void setEnvironment(const std::vector<std::string>& variables);
  struct Result {
    int status = 0;
    std::string text;  ///< Run: why it could not be run, or empty. Evaluate: the output.
  };
  Result run(const agent::RunRequest& request);
  Result evaluate(const agent::RunRequest& request);

  /// Receives files; may throw to give up, after which the link is of no more use.
  struct Files {
    std::function<void(const std::string& name, unsigned mode, std::uint64_t size)> file;
    std::function<void(std::string_view bytes)> data;
    std::function<void(const std::string& name, const std::string& target)> link;
  };
  struct Collected {
    std::size_t count = 0;
    std::string error;
  };
  Collected collect(const agent::CollectRequest& request, const Files& files);

 private:
  agent::Frame await();
  void readOutput();

  int socket_;
  int output_;
  int wake_;
  std::function<std::optional<Interruption>()> interrupted_;
  BuildLog& log_;
  Steady::time_point deadline_;
};

}  // namespace thimble::services::codebuild::runner
