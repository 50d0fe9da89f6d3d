// Express executions: the same decisions without rows, in memory.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/doorway.h"
#include "dispatch/process.h"
#include "lang/asl/interpreter.h"
#include "services/states/execution_process.h"
#include "services/states/machines.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {

/// The process kind of express executions that were started without waiting for them. Its one task is the execution
/// itself; when the server ends meanwhile it is run again, so each runs at least once.
inline constexpr const char* kExpressKind = "states.express";

/// Longest express execution.
inline constexpr std::int64_t kExpressMilliseconds = 300'000;

class ExpressProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

/// StartExecution of an express machine: answers at once.
base::Result<shapes::states::StartExecution::Output> startExpress(dispatch::Context& context, const FoundMachine& found,
                                                                  const std::string& name, const std::string& input);

/// One express execution. Keeps itself alive until it has ended.
class ExpressRun : public std::enable_shared_from_this<ExpressRun> {
 public:
  using Done = std::function<void(const lang::asl::ExecutionIdentity&, const lang::asl::Header&)>;

  ExpressRun(lang::asl::DefinitionPtr definition, rows::Execution row, dispatch::Doorway& doorway, Done done);
  void start();

 private:
  /// Feeds the interpreter on its own, then does what it decided.
  void step(const std::function<void(lang::asl::Interpreter&)>& feed);
  void run(const lang::asl::TaskRequest& task);

  lang::asl::DefinitionPtr definition_;
  rows::Execution row_;
  dispatch::Doorway& doorway_;
  Done done_;
  std::mutex mutex_;
  lang::asl::ExecutionIdentity identity_;
  lang::asl::Header header_;
  lang::asl::Workspace workspace_;
  RandomEntropy entropy_;
  lang::asl::Host host_;
  lang::asl::Interpreter interpreter_;
  bool ended_ = false;
};

}  // namespace thimble::services::states
