// EnableStageTransition, DisableStageTransition.
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

base::Result<void> setTransition(dispatch::Context& context, const std::string& name, const rows::Transition& wanted) {
  TRY_ASSIGN(rows::Pipeline pipeline, findPipeline(context, name));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  if (!stageIndex(declaration, wanted.stage())) return stageNotFound(wanted.stage());
  rows::Transition* row = nullptr;
  for (rows::Transition& known : *pipeline.mutable_transitions()) {
    if (known.stage() == wanted.stage() && known.outbound() == wanted.outbound()) row = &known;
  }
  if (row == nullptr) row = pipeline.add_transitions();
  *row = wanted;
  row->set_changed_by(context.call().identity.arn);
  row->set_changed_at(context.now().milliseconds);
  putPipeline(context.transaction(), pipeline);
  context.signal({std::string(kPipelineProcess), pipeline.arn()}, base::Json::object({{"type", "advance"}}));
  return {};
}

base::Result<s::EnableStageTransition::Output> enableStageTransition(dispatch::Context& context,
                                                                     const s::EnableStageTransition::Input& input) {
  rows::Transition transition;
  transition.set_stage(input.stageName_);
  transition.set_outbound(input.transitionType_ == "Outbound");
  transition.set_enabled(true);
  TRY(setTransition(context, input.pipelineName_, transition));
  return s::EnableStageTransition::Output();
}

base::Result<s::DisableStageTransition::Output> disableStageTransition(dispatch::Context& context,
                                                                       const s::DisableStageTransition::Input& input) {
  rows::Transition transition;
  transition.set_stage(input.stageName_);
  transition.set_outbound(input.transitionType_ == "Outbound");
  transition.set_reason(input.reason_);
  TRY(setTransition(context, input.pipelineName_, transition));
  return s::DisableStageTransition::Output();
}

}  // namespace

void registerTransitions(dispatch::Registry& registry) {
  registry.add<s::EnableStageTransition>(enableStageTransition);
  registry.add<s::DisableStageTransition>(disableStageTransition);
}

}  // namespace thimble::services::codepipeline
