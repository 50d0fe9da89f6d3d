// Child processes with pipes: started without forking this process, fed and read without blocking a thread each.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::platform {

/// What to run. Nothing of this process is inherited but `keep_open`.
struct ProcessInput {
  std::vector<std::string>
      arguments;  ///< The program, found in this process's PATH or an absolute path, and its arguments.
  std::vector<std::string> environment;  ///< "NAME=value".
  std::string working_directory = "/";
  int keep_open = -1;  ///< A descriptor that the child and its children get too, under number 3; -1: none.
};

/// How a process ended.
struct ProcessOutcome {
  int status = -1;    ///< Exit status; 128 + N when signal N ended it; -1 when it could not be started.
  std::string error;  ///< The last few kilobytes that it wrote to standard error, or why it could not be started.
  bool ok() const { return status == 0; }
};

/// A running process. All of this may be called from any thread. Destroying the last handle of one that runs kills it
/// with its process group.
class Process {
 public:
  virtual ~Process() = default;

  /// Queues bytes for its standard input. Bytes for a process that has ended are dropped.
  virtual void write(std::string bytes) = 0;
  /// Ends its standard input after what is queued.
  virtual void closeInput() = 0;
  /// True while little is queued. When false, `resume` is called once, on any thread, when that has changed or the
  /// process has ended.
  virtual bool wantsInput(std::function<void()> resume) = 0;

  struct Output {
    std::string bytes;       ///< Empty only at the end.
    bool end = false;        ///< The process has ended, and these are its last bytes.
    ProcessOutcome outcome;  ///< With `end`.
  };
  /// Calls `ready` once, now or later, on any thread, with at most `max` bytes of its standard output. Called again
  /// only after that.
  virtual void read(std::size_t max, std::function<void(Output)> ready) = 0;

  /// Kills it and its process group; `read` then gives the end.
  virtual void kill() = 0;
};

/// Starts processes; one thread serves them all. Children die with this process, however it ends (setpriv of
/// util-linux sees to the first of each group, closed pipes to the others).
class ProcessRunner {
 public:
  /// At most `most` run at a time; others wait for their turn.
  explicit ProcessRunner(std::size_t most);
  /// Kills what still runs.
  ~ProcessRunner();
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;

  std::shared_ptr<Process> start(ProcessInput input);

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

/// Gathers the whole output, up to `most` bytes (the process is killed beyond), then calls `done` on any thread.
void readAll(const std::shared_ptr<Process>& process, std::size_t most,
             std::function<void(std::string output, ProcessOutcome outcome)> done);

}  // namespace thimble::platform
