// The decisions of an execution: (rows, input) -> (events, changed rows, tasks, timers).
//
// An Interpreter is made for one decision (or, for executions in memory, kept). It goes on with every branch that can
// go on without the outside, until all of them wait or the decision's share of events is used up.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lang/asl/data_flow.h"
#include "lang/asl/definition.h"
#include "lang/asl/execution.h"
#include "lang/asl/history.h"

namespace thimble::lang::asl {

/// A task to be done: a call, or an activity's work item.
struct TaskRequest {
  std::uint64_t branch = 0;
  std::uint64_t attempt = 0;
  const State* state = nullptr;
  Payload parameters;
  std::string token;  ///< For activities and ".waitForTaskToken"; else empty.
  std::string role;   ///< Of the state's Credentials, or empty: the machine's.
};

enum class TimerKind { Wait, Retry, TaskTimeout, Heartbeat };
/// "wait", "retry", "timeout", "heartbeat".
std::string_view timerName(TimerKind kind);

struct TimerRequest {
  TimerKind kind = TimerKind::Wait;
  std::uint64_t branch = 0;
  std::uint64_t attempt = 0;
  std::int64_t due = 0;  ///< Milliseconds since the epoch.
};

/// A task whose result is no longer wanted, with its timers.
struct Cancellation {
  std::uint64_t branch = 0;
  std::uint64_t attempt = 0;
  std::string token;
  std::string work_id;
  Phase phase = Phase::Task;  ///< What the branch was doing.
};

struct Decision {
  std::vector<HistoryEvent> events;
  std::vector<TaskRequest> tasks;
  std::vector<TimerRequest> timers;
  std::vector<Cancellation> cancellations;
  bool more = false;      ///< resume() is to be called: the share of events was used up.
  bool finished = false;  ///< The execution has ended in this decision.
};

/// What a decision may ask of its surroundings.
struct Host {
  std::int64_t now = 0;  ///< Milliseconds since the epoch.
  Entropy& entropy;
  /// A token that is hard to guess and leads back to this attempt.
  std::function<std::string(std::uint64_t branch, std::uint64_t attempt)> make_token;
  /// Asked before a task is scheduled: an error here means that it cannot be. Empty: every task can be.
  std::function<std::optional<WorkflowError>(const State& state, const Payload& parameters)> admit_task = {};
  /// Events after which a decision stops and asks to be resumed.
  std::size_t events_at_a_time = 100;
};

class Interpreter {
 public:
  /// All are borrowed.
  Interpreter(const Definition& definition, const ExecutionIdentity& identity, Header& header, Workspace& rows,
              Host& host);

  /// The execution's first decision.
  void start();
  void resume();
  void timer(TimerKind kind, std::uint64_t branch, std::uint64_t attempt);
  /// The task's call is about to be made, or an activity's worker has taken it.
  void taskStarted(std::uint64_t branch, std::uint64_t attempt, const std::string& worker = {});
  /// The call of a ".sync" or ".waitForTaskToken" task has answered.
  void taskSubmitted(std::uint64_t branch, std::uint64_t attempt, Payload output);
  void taskSucceeded(std::uint64_t branch, std::uint64_t attempt, Payload output);
  void taskFailed(std::uint64_t branch, std::uint64_t attempt, WorkflowError error);
  /// Puts the heartbeat's deadline off.
  void heartbeat(std::uint64_t branch, std::uint64_t attempt);
  /// The machine's TimeoutSeconds are over.
  void timeOut();
  void stop(std::optional<std::string> error, std::optional<std::string> cause);

  /// True when that task is the one that the branch waits for.
  bool awaits(std::uint64_t branch, std::uint64_t attempt);

  /// What was decided since the last call.
  Decision take();

 private:
  // Events.
  HistoryEvent* emit(EventType type, std::int64_t previous);
  /// Large texts count as more than one event, so that no commit grows beyond some megabytes.
  void spend(std::size_t bytes) { spent_ += bytes / 8192; }
  HistoryEvent* emitOn(Branch& branch, EventType type);
  void endFull();
  void finish(ExecutionStatus status, EventType type, std::int64_t previous, std::optional<std::string> error,
              std::optional<std::string> cause);
  bool running() const { return header_.status == ExecutionStatus::Running; }

  // Going on.
  void runReady();
  void runBranch(std::uint64_t id);
  void enter(Branch& branch);
  void attempt(Branch& branch);
  void exitTo(Branch& branch, Payload output, int next);
  void endBranch(Branch& branch, Payload output);
  /// Result to ResultSelector, ResultPath, OutputPath and exit.
  void completeState(Branch& branch, const base::Json& result);
  void fail(Branch& branch, WorkflowError error);
  void failTooLarge(Branch& branch);
  void failBranch(Branch& branch, const WorkflowError& error);
  WorkflowError completed(const Branch& branch, WorkflowError error) const;

  // States.
  void doPass(Branch& branch);
  void doSimple(Branch& branch);
  void doWait(Branch& branch);
  void doFail(Branch& branch);
  void doTask(Branch& branch);
  void doParallel(Branch& branch);
  void doMap(Branch& branch);

  // Tasks.
  Branch* awaiting(std::uint64_t branch, std::uint64_t attempt);
  void emitTaskEnd(Branch& branch, EventType lambda, EventType activity, EventType task, const SharedText& output,
                   const WorkflowError* error);
  void ensureStarted(Branch& branch);
  void cancelWork(const Branch& branch);
  void taskTimedOut(Branch& branch, bool heartbeat);

  // Joins.
  void startMore(Join& join);
  void branchSucceeded(Branch& branch, Payload output);
  void abortBranches(std::uint64_t join, bool map, const std::string& map_name);

  const State& stateOf(const Branch& branch) const {
    return definition_.states[static_cast<std::size_t>(branch.state)];
  }

  const Definition& definition_;
  const ExecutionIdentity& identity_;
  Header& header_;
  Workspace& rows_;
  Host& host_;
  Decision decision_;
  std::size_t spent_ = 0;  ///< Events of this decision.
  bool overflow_ = false;  ///< The history is full but for its last event, and more were to come.
};

}  // namespace thimble::lang::asl
