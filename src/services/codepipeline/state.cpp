// GetPipelineState.
#include "base/arn.h"
#include "services/codepipeline/action_types.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

s::StageExecution stageExecution(const std::string& id, const std::string& status) {
  s::StageExecution execution;
  execution.pipelineExecutionId_ = id;
  execution.status_ = status;
  execution.type_ = "STANDARD";
  return execution;
}

s::TransitionState transitionState(const rows::Pipeline& pipeline, const std::string& stage) {
  s::TransitionState state;
  state.enabled_ = true;
  for (const rows::Transition& transition : pipeline.transitions()) {
    if (transition.stage() != stage || transition.outbound()) continue;
    state.enabled_ = transition.enabled();
    state.lastChangedBy_ = transition.changed_by();
    state.lastChangedAt_ = base::Timestamp{transition.changed_at()};
    if (!transition.enabled()) state.disabledReason_ = transition.reason();
  }
  return state;
}

/// "{Region}" and "{Config:Name}" of a template filled in; nothing when there is none.
std::optional<std::string> entityUrl(dispatch::Context& context, const base::Json& declaration) {
  const base::Json type =
      findActionType(context.transaction(), context.account(), context.region(), declaration["actionTypeId"]);
  std::string url = type["settings"].stringAt("entityUrlTemplate");
  if (url.empty()) return std::nullopt;
  const auto fill = [&](const std::string& name, const std::string& value) {
    const std::size_t at = url.find(name);
    if (at != std::string::npos) url.replace(at, name.size(), value);
  };
  fill("{Region}", context.region());
  if (declaration["configuration"].isObject()) {
    for (const auto& [name, value] : declaration["configuration"].asObject()) {
      if (value.isString()) fill("{Config:" + name + "}", value.asString());
    }
  }
  return url;
}

s::ActionExecution actionExecution(const rows::Action& action) {
  s::ActionExecution shown;
  shown.actionExecutionId_ = action.id();
  shown.status_ = action.status();
  if (!action.summary().empty()) shown.summary_ = action.summary();
  shown.lastStatusChange_ = base::Timestamp{action.updated()};
  if (!action.token().empty() && action.status() == "InProgress") shown.token_ = action.token();
  if (!action.updated_by().empty()) shown.lastUpdatedBy_ = action.updated_by();
  if (!action.external_id().empty()) shown.externalExecutionId_ = action.external_id();
  if (!action.external_url().empty()) shown.externalExecutionUrl_ = action.external_url();
  if (action.has_percent()) shown.percentComplete_ = action.percent();
  if (!action.error_code().empty()) {
    s::ErrorDetails error;
    error.code_ = action.error_code();
    error.message_ = action.error_message();
    shown.errorDetails_ = error;
  }
  return shown;
}

s::ActionState actionState(dispatch::Context& context, const base::Json& declaration,
                           const std::optional<rows::Action>& action) {
  s::ActionState state;
  state.actionName_ = declaration.stringAt("name");
  if (const auto url = entityUrl(context, declaration)) state.entityUrl_ = *url;
  if (!action) return state;
  state.latestExecution_ = actionExecution(*action);
  if (action->has_revision()) {
    s::ActionRevision revision;
    revision.revisionId_ = action->revision().id();
    revision.revisionChangeId_ = action->revision().change_id();
    revision.created_ = base::Timestamp{action->revision().created()};
    state.currentRevision_ = revision;
    if (!action->revision().url().empty()) state.revisionUrl_ = action->revision().url();
  }
  return state;
}

s::RuleState ruleState(dispatch::Context& context, const rows::Pipeline& pipeline, const rows::Execution& execution,
                       const base::Json& rule, const rows::ConditionRun* run) {
  s::RuleState state;
  state.ruleName_ = rule.stringAt("name");
  if (run == nullptr) return state;
  for (const rows::CurrentAction& current : run->rules()) {
    if (current.action() != rule.stringAt("name")) continue;
    const auto row = kActions.get(context.transaction(), pipeline.arn(), execution.sequence(), current.sequence());
    if (!row) continue;
    s::RuleExecution shown;
    shown.ruleExecutionId_ = row->id();
    shown.status_ = row->status();
    if (!row->summary().empty()) shown.summary_ = row->summary();
    shown.lastStatusChange_ = base::Timestamp{row->updated()};
    if (!row->external_id().empty()) shown.externalExecutionId_ = row->external_id();
    if (!row->external_url().empty()) shown.externalExecutionUrl_ = row->external_url();
    if (!row->error_code().empty()) {
      s::ErrorDetails error;
      error.code_ = row->error_code();
      error.message_ = row->error_message();
      shown.errorDetails_ = error;
    }
    state.latestExecution_ = shown;
  }
  return state;
}

/// Nothing when the stage declares no conditions of that kind.
std::optional<s::StageConditionState> conditionState(dispatch::Context& context, const rows::Pipeline& pipeline,
                                                     const base::Json& declared, const char* kind,
                                                     const std::optional<rows::Execution>& latest,
                                                     const rows::StageRun* run) {
  if (declared["conditions"].empty()) return std::nullopt;
  const rows::StageConditions* known = nullptr;
  if (run != nullptr) {
    for (const rows::StageConditions& one : run->conditions()) {
      if (one.kind() == kind) known = &one;
    }
  }
  s::StageConditionState state;
  if (known != nullptr) {
    s::StageConditionsExecution execution;
    execution.status_ = known->status();
    if (!known->summary().empty()) execution.summary_ = known->summary();
    state.latestExecution_ = execution;
  }
  state.conditionStates_.emplace();
  for (std::size_t i = 0; i < declared["conditions"].size(); ++i) {
    const rows::ConditionRun* one =
        known != nullptr && static_cast<int>(i) < known->runs_size() ? &known->runs(static_cast<int>(i)) : nullptr;
    s::ConditionState condition;
    if (one != nullptr) {
      s::ConditionExecution execution;
      execution.status_ = one->status();
      execution.lastStatusChange_ = base::Timestamp{one->changed()};
      condition.latestExecution_ = execution;
    }
    condition.ruleStates_.emplace();
    const base::Json& rules = declared["conditions"][i]["rules"];
    for (std::size_t r = 0; r < rules.size(); ++r) {
      if (latest) condition.ruleStates_->push_back(ruleState(context, pipeline, *latest, rules[r], one));
    }
    state.conditionStates_->push_back(condition);
  }
  return state;
}

s::StageState stageState(dispatch::Context& context, const rows::Pipeline& pipeline, const base::Json& stage,
                         const std::vector<rows::Execution>& inbound) {
  const std::string name = stage.stringAt("name");
  s::StageState state;
  state.stageName_ = name;
  state.inboundTransitionState_ = transitionState(pipeline, name);
  state.inboundExecutions_.emplace();
  for (const rows::Execution& execution : inbound) {
    state.inboundExecutions_->push_back(stageExecution(execution.id(), "InProgress"));
    state.inboundExecution_ = state.inboundExecutions_->back();
  }
  std::optional<rows::Execution> latest;
  for (const rows::StageHolder& holder : pipeline.holders()) {
    if (holder.stage() == name) latest = findExecution(context.transaction(), pipeline.arn(), holder.execution_id());
  }
  const rows::StageRun* run = latest ? findStageRun(*latest, name) : nullptr;
  if (run != nullptr) {
    state.latestExecution_ = stageExecution(latest->id(), run->status());
    if (!latest->rollback_target().empty()) state.latestExecution_->type_ = "ROLLBACK";
  }
  state.beforeEntryConditionState_ =
      conditionState(context, pipeline, stage["beforeEntry"], "BEFORE_ENTRY", latest, run);
  state.onSuccessConditionState_ = conditionState(context, pipeline, stage["onSuccess"], "ON_SUCCESS", latest, run);
  state.onFailureConditionState_ = conditionState(context, pipeline, stage["onFailure"], "ON_FAILURE", latest, run);
  state.actionStates_.emplace();
  for (const base::Json& action : stage["actions"].asArray()) {
    std::optional<rows::Action> row;
    if (run != nullptr)
      row = currentAction(context.transaction(), pipeline.arn(), *latest, *run, action.stringAt("name"));
    state.actionStates_->push_back(actionState(context, action, row));
  }
  if (run != nullptr && run->manual_retries() + run->auto_retries() > 0) {
    s::RetryStageMetadata retries;
    if (run->manual_retries() > 0) retries.manualStageRetryAttempt_ = run->manual_retries();
    if (run->auto_retries() > 0) retries.autoStageRetryAttempt_ = run->auto_retries();
    retries.latestRetryTrigger_ = run->latest_retry();
    state.retryStageMetadata_ = retries;
  }
  return state;
}

base::Result<s::GetPipelineState::Output> getPipelineState(dispatch::Context& context,
                                                           const s::GetPipelineState::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.name_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  std::map<std::string, std::vector<rows::Execution>> waiting;
  for (const auto& entry : kActive.scan(context.transaction(), {}, pipeline.arn())) {
    const auto execution = kExecutions.get(context.transaction(), pipeline.arn(), entry.record.sequence());
    if (!execution || !execution->waiting()) continue;
    const base::Json own = loadDeclaration(context.transaction(), pipeline.arn(), execution->version());
    waiting[own["stages"][static_cast<std::size_t>(execution->stage())].stringAt("name")].push_back(*execution);
  }
  s::GetPipelineState::Output output;
  output.pipelineName_ = pipeline.name();
  output.pipelineVersion_ = pipeline.version();
  output.stageStates_.emplace();
  for (const base::Json& stage : declaration["stages"].asArray()) {
    output.stageStates_->push_back(stageState(context, pipeline, stage, waiting[stage.stringAt("name")]));
  }
  output.created_ = base::Timestamp{pipeline.created()};
  output.updated_ = base::Timestamp{pipeline.updated()};
  return output;
}

}  // namespace

void registerState(dispatch::Registry& registry) {
  registry.add<s::GetPipelineState>(getPipelineState);
}

}  // namespace thimble::services::codepipeline
