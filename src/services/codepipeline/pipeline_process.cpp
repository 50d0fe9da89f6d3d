#include "services/codepipeline/pipeline_process.h"

#include "services/codepipeline/pipeline_decision.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

void PipelineProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type == Type::TaskStarted) return;
  auto pipeline = findPipelineByArn(context.transaction(), context.self().id);
  if (!pipeline) return;
  PipelineDecision decision(context, authorizer_, *std::move(pipeline));
  switch (input.type) {
    case Type::Start:
    case Type::Signal:
      decision.signal(input.payload);
      break;
    case Type::TaskResult:
    case Type::WorkerLost:
      decision.taskEnded(input);
      break;
    case Type::Timer:
      decision.timer(input);
      break;
    case Type::Continue:
    case Type::TaskStarted:
      break;
  }
  decision.finish();
}

}  // namespace thimble::services::codepipeline
