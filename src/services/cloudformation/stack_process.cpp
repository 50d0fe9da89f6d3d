#include "services/cloudformation/stack_process.h"

#include "services/cloudformation/stack_decision.h"

namespace thimble::services::cloudformation {

void StackProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  auto stack = findStackById(context.transaction(), context.self().id);
  auto operation = kOperations.get(context.transaction(), context.self().id);
  if (!stack || !operation || input.type == Type::TaskStarted) return;
  StackDecision decision(context, *std::move(stack), *std::move(operation));
  switch (input.type) {
    case Type::Start:
      decision.start();
      break;
    case Type::TaskResult:
      decision.taskResult(input);
      break;
    case Type::WorkerLost:
      decision.workerLost(input);
      break;
    case Type::Timer:
      decision.timer(input);
      break;
    case Type::Signal:
      decision.cancel();
      break;
    case Type::Continue:
    case Type::TaskStarted:
      break;
  }
  decision.finish();
}

}  // namespace thimble::services::cloudformation
