// PutApprovalResult.
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

/// The run of an approval action that this token belongs to, of any execution; nothing when there is none.
std::optional<rows::Action> findByToken(dispatch::Context& context, const rows::Pipeline& pipeline,
                                        const s::PutApprovalResult::Input& input) {
  const auto matches = [&](const std::optional<rows::Execution>& execution) -> std::optional<rows::Action> {
    const rows::StageRun* run = execution ? findStageRun(*execution, input.stageName_) : nullptr;
    if (run == nullptr) return std::nullopt;
    auto action = currentAction(context.transaction(), pipeline.arn(), *execution, *run, input.actionName_);
    return action && !action->token().empty() && action->token() == input.token_ ? action : std::nullopt;
  };
  for (const auto& entry : kActive.scan(context.transaction(), {}, pipeline.arn())) {
    if (auto found = matches(kExecutions.get(context.transaction(), pipeline.arn(), entry.record.sequence())))
      return found;
  }
  for (const rows::StageHolder& holder : pipeline.holders()) {
    if (holder.stage() != input.stageName_) continue;
    if (auto found = matches(findExecution(context.transaction(), pipeline.arn(), holder.execution_id()))) return found;
  }
  return std::nullopt;
}

base::Result<s::PutApprovalResult::Output> putApprovalResult(dispatch::Context& context,
                                                             const s::PutApprovalResult::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  TRY(stageOfAction(declaration, input.stageName_, input.actionName_));
  const auto action = findByToken(context, pipeline, input);
  if (!action) return invalidApprovalToken();
  if (action->status() != "InProgress") return approvalAlreadyCompleted();
  context.signal({std::string(kPipelineProcess), pipeline.arn()},
                 base::Json::object({{"type", "approval"},
                                     {"sequence", action->execution_sequence()},
                                     {"action", action->sequence()},
                                     {"status", input.result_.status_},
                                     {"summary", input.result_.summary_},
                                     {"by", context.call().identity.arn}}));
  s::PutApprovalResult::Output output;
  output.approvedAt_ = context.now();
  return output;
}

}  // namespace

void registerApprovals(dispatch::Registry& registry) {
  registry.add<s::PutApprovalResult>(putApprovalResult);
}

}  // namespace thimble::services::codepipeline
