// PutActionRevision: somebody outside tells of a source's new revision.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutActionRevision.html
#include "services/codepipeline/errors.h"
#include "services/codepipeline/executions.h"
#include "services/codepipeline/operations.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

base::Result<s::PutActionRevision::Output> putActionRevision(dispatch::Context& context,
                                                             const s::PutActionRevision::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  TRY_ASSIGN(const std::size_t stage, stageOfAction(declaration, input.stageName_, input.actionName_));
  if (stage != 0) return validation("The action " + input.actionName_ + " is no source action.");
  s::PutActionRevision::Output output;
  rows::ActionRevisionTold told;
  told.set_revision(input.actionRevision_.revisionId_);
  const auto before = kActionRevisions.get(context.transaction(), pipeline.arn(), input.actionName_);
  const bool is_new = !before || before->revision() != told.revision();
  output.newRevision_ = is_new;
  if (!is_new) {
    output.pipelineExecutionId_ = before->execution_id();
    return output;
  }
  TRY_ASSIGN(output.pipelineExecutionId_,
             beginExecution(context, pipeline,
                            {.trigger_type = "PutActionRevision", .trigger_detail = context.call().identity.arn}));
  told.set_execution_id(*output.pipelineExecutionId_);
  kActionRevisions.put(context.transaction(), told, pipeline.arn(), input.actionName_);
  return output;
}

}  // namespace

void registerActionRevisions(dispatch::Registry& registry) {
  registry.add<s::PutActionRevision>(putActionRevision);
}

}  // namespace thimble::services::codepipeline
