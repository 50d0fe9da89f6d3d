// Standard executions as durable processes: each input is decided by lang/asl in one transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "dispatch/process.h"
#include "lang/asl/interpreter.h"
#include "services/states/definition_cache.h"
#include "services/states/tables.h"

namespace thimble::services::states {

class ExecutionProcess final : public dispatch::ProcessKind {
 public:
  /// `activity_task_added` is told, once it is committed, that an activity has work.
  ExecutionProcess(DefinitionCache& definitions,
                   std::function<void(const std::string& activity_arn)> activity_task_added)
      : definitions_(definitions), activity_task_added_(std::move(activity_task_added)) {}

  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  struct Decided;

  void feed(Decided& decided, const dispatch::ProcessInput& input);
  void taskResult(Decided& decided, const dispatch::ProcessInput& input);
  void signal(Decided& decided, const base::Json& payload);
  void apply(Decided& decided);
  void schedule(Decided& decided, const lang::asl::TaskRequest& task);
  void finish(Decided& decided);
  void awaitChild(Decided& decided, std::uint64_t branch, std::uint64_t attempt, const std::string& child_arn);
  void childEnded(Decided& decided, std::uint64_t branch, std::uint64_t attempt, const std::string& child_arn);

  DefinitionCache& definitions_;
  std::function<void(const std::string&)> activity_task_added_;
};

/// Random bits for the interpreter.
class RandomEntropy final : public lang::asl::Entropy {
 public:
  explicit RandomEntropy(platform::Random& random) : random_(random) {}
  std::uint64_t next() override;

 private:
  platform::Random& random_;
};

/// A session name that STS accepts, of the execution's name.
std::string sessionName(const std::string& execution_name);

/// Why this task cannot be scheduled, if it cannot.
std::optional<lang::asl::WorkflowError> refuseTask(store::Transaction& transaction, const lang::asl::State& state,
                                                   const lang::asl::Payload& parameters);

}  // namespace thimble::services::states
