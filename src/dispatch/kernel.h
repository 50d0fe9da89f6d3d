// The kernel of durable processes: delivers inputs, runs tasks and timers, and recovers them after a crash.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dispatch/context.h"
#include "dispatch/process.h"

namespace thimble::dispatch {

class Doorway;

class Kernel {
 public:
  explicit Kernel(const Environment& environment);
  ~Kernel();

  /// Before start(). `kind` is borrowed.
  void addKind(std::string name, ProcessKind& kind);
  /// Binds the doorway that tasks' calls go through, takes up what the rows hold (scheduled tasks run, started ones
  /// become WorkerLost, due timers fire) and goes on from there. What happens before start() waits in the rows.
  void start(Doorway& doorway);

  /// Gives the reply of ProcessContext::complete to `done`, once. Ask before the process is started. Known only to this
  /// run of the server: a client that waits is gone after a restart.
  void await(const ProcessReference& process, std::function<void(const base::Json&)> done);

  /// Delivers a Signal in a transaction of its own.
  void signalLater(const ProcessReference& process, base::Json payload);

  const Environment& environment() const { return environment_; }

  /// Inputs, tasks and timers that are in hand; 0 when all is at rest (timers that are not due aside).
  std::size_t busy() const { return busy_; }

 private:
  friend class ProcessContext;
  friend class Context;

  /// Runs the decision for one input inside a transaction.
  void decide(store::Transaction& transaction, const ProcessReference& process, const ProcessInput& input);
  void complete(store::Transaction& transaction, const ProcessReference& process, const base::Json& reply);
  void taskScheduled(store::Transaction& transaction, const std::string& task_id, const ProcessReference& process);
  void timerScheduled(store::Transaction& transaction, base::Timestamp due);

  /// A unit of work on one process; `finished` is called when the next may begin.
  using Job = std::function<void(std::function<void()> finished)>;
  void enqueue(const ProcessReference& process, Job job);
  void runJobs(const ProcessReference& process);

  /// Runs `work` in transactions until one commits or the store refuses for good; then `done(true or false)`.
  void transact(std::function<void(store::Transaction&)> work, std::function<void(bool committed)> done);

  void runTask(const std::string& task_id, std::function<void()> finished);
  void finishTask(const std::string& task_id, const ProcessReference& process, CallOutcome outcome);
  void loseTask(const std::string& task_id, std::function<void()> finished);
  void recover();
  void fireTimers();
  void armTimer(base::Timestamp due);

  const Environment& environment_;
  Doorway* doorway_ = nullptr;
  std::map<std::string, ProcessKind*, std::less<>> kinds_;
  std::atomic<bool> started_{false};
  std::atomic<std::size_t> busy_{0};

  std::mutex mutex_;
  std::map<ProcessReference, std::deque<Job>> jobs_;  ///< Present: one of them is running.
  std::map<ProcessReference, std::vector<std::function<void(const base::Json&)>>> waiting_;
  std::set<std::string> firing_;          ///< Keys of timers whose inputs are on their way.
  std::optional<base::Timestamp> armed_;  ///< When fireTimers is next due.
};

}  // namespace thimble::dispatch
