// RollbackStage.
#include "services/codepipeline/errors.h"
#include "services/codepipeline/executions.h"
#include "services/codepipeline/operations.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

base::ApiError unableToRollBack(const std::string& why) {
  return {"UnableToRollbackStageException", "Unable to roll back the stage. " + why};
}

base::Result<s::RollbackStage::Output> rollbackStage(dispatch::Context& context, const s::RollbackStage::Input& input) {
  TRY_ASSIGN(rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  const auto stage = stageIndex(declaration, input.stageName_);
  if (!stage) return stageNotFound(input.stageName_);
  if (*stage == 0) return unableToRollBack("The stage " + input.stageName_ + " is a source stage.");
  const std::string& id = input.targetPipelineExecutionId_;
  const auto target = findExecution(context.transaction(), pipeline.arn(), id);
  if (!target) return executionNotFound(id);
  if (target->version() != pipeline.version()) {
    return base::ApiError{"PipelineExecutionOutdatedException",
                          "The pipeline structure has changed since the execution " + id + " ran."};
  }
  if (!target->rollback_target().empty()) {
    return unableToRollBack("The execution " + id + " is a rollback execution.");
  }
  const rows::StageRun* run = findStageRun(*target, input.stageName_);
  if (run == nullptr || run->status() != "Succeeded") {
    return unableToRollBack("The execution " + id + " did not succeed in the stage " + input.stageName_ + ".");
  }
  const rows::Execution execution = makeRollback(
      context.transaction(), context.random(), context.now(), pipeline, *target, static_cast<std::int64_t>(*stage),
      {.trigger_type = "ManualRollback", .trigger_detail = context.call().identity.arn});
  putPipeline(context.transaction(), pipeline);
  context.signal({std::string(kPipelineProcess), pipeline.arn()}, base::Json::object({{"type", "advance"}}));
  s::RollbackStage::Output output;
  output.pipelineExecutionId_ = execution.id();
  return output;
}

}  // namespace

void registerRollback(dispatch::Registry& registry) {
  registry.add<s::RollbackStage>(rollbackStage);
}

}  // namespace thimble::services::codepipeline
