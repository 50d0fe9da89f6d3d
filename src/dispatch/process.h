// Durable processes: executions, pipeline executions, stack operations, builds, asynchronous invocations.
//
// A process is rows. Each input is decided by its kind in one transaction, which writes the new state and events,
// schedules tasks and timers, and takes the input away: one commit. So a crash at any moment leaves the input either
// not yet taken or wholly done, and recovery is reading the rows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/api_error.h"
#include "base/json.h"
#include "base/time.h"
#include "dispatch/call.h"
#include "platform/random.h"
#include "store/store.h"

namespace thimble::dispatch {

class Kernel;

struct ProcessReference {
  std::string kind;  ///< A registered ProcessKind's name, for example "states.execution".
  std::string id;    ///< Unique in its kind, for example the execution's ARN.
  auto operator<=>(const ProcessReference&) const = default;
};

struct ProcessInput {
  enum class Type {
    Start,        ///< `payload` as given to start().
    Signal,       ///< `payload` as given to signal().
    Continue,     ///< `payload` as given to scheduleContinue().
    TaskStarted,  ///< The call of task `task_id` is about to be made; this is durable before it is.
    TaskResult,   ///< `outcome` of the call of task `task_id`.
    WorkerLost,   ///< The call of task `task_id` had been started when the server ended; its effect is unknown.
    Timer,        ///< The timer `name` is due; `payload` as given to scheduleTimer().
  };

  Type type = Type::Start;
  std::string task_id;
  std::string name;  ///< A timer's name; a task's tag.
  base::Json payload;
  std::optional<CallOutcome> outcome;
};

/// What a decision may do. All of it happens in the decision's transaction.
class ProcessContext {
 public:
  ProcessContext(Kernel& kernel, store::Transaction& transaction, ProcessReference self);

  store::Transaction& transaction() { return transaction_; }
  const ProcessReference& self() const { return self_; }
  base::Timestamp now() const;
  platform::Random& random();

  /// Makes a call once this is committed, as `call.role` or `call.identity`. Its TaskStarted and TaskResult come back
  /// as inputs with `tag` as their name. Returns the task's id, unique in the whole store.
  std::string scheduleCall(const Call& call, std::string_view tag = {});
  /// Takes a scheduled or started call back: no further input comes of it.
  void cancelTask(const std::string& task_id);

  /// A Continue input once this is committed.
  void scheduleContinue(const base::Json& payload = {}, std::string_view tag = {});

  /// A Timer input at `due` or soon after, never before. A timer of the same name is replaced.
  void scheduleTimer(std::string_view name, base::Timestamp due, const base::Json& payload = {});
  /// An unknown name is fine.
  void cancelTimer(std::string_view name);

  /// Decides an input of another process, or of this one, within the same transaction.
  void start(const ProcessReference& process, const base::Json& payload);
  void signal(const ProcessReference& process, const base::Json& payload);

  /// Gives `reply` to whoever awaits this process (Kernel::await), once this is committed.
  void complete(const base::Json& reply);

 private:
  Kernel& kernel_;
  store::Transaction& transaction_;
  ProcessReference self_;
};

class ProcessKind {
 public:
  virtual ~ProcessKind() = default;
  /// Takes one input: reads and writes the process's rows through the context. May be run again from the same rows when
  /// its commit conflicts, so it has no effects outside of the context. An input for rows that no longer exist (a
  /// process that ended or was deleted) is ignored.
  virtual void decide(ProcessContext& context, const ProcessInput& input) = 0;
};

}  // namespace thimble::dispatch
