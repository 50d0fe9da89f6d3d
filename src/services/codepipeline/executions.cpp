// StartPipelineExecution, StopPipelineExecution, RetryStageExecution, GetPipelineExecution, ListPipelineExecutions.
#include "services/codepipeline/executions.h"

#include <algorithm>

#include "base/arn.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/paging.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

constexpr std::int64_t kLargestPage = 100;
constexpr std::size_t kMostConcurrent = 50;  ///< Executions of a pipeline that is QUEUED or PARALLEL.

void advance(dispatch::Context& context, const rows::Pipeline& pipeline, base::Json payload) {
  context.signal({std::string(kPipelineProcess), pipeline.arn()}, payload);
}

base::Result<void> setVariables(rows::Execution& execution, const base::Json& declaration,
                                const ExecutionRequest& request) {
  const base::Json& declared = declaration["variables"];
  for (std::size_t i = 0; i < declared.size(); ++i) {
    rows::Variable* variable = execution.add_variables();
    variable->set_name(declared[i].stringAt("name"));
    const auto given = std::find_if(request.variables.begin(), request.variables.end(),
                                    [&](const auto& one) { return one.name_ == variable->name(); });
    if (given != request.variables.end())
      variable->set_value(given->value_);
    else if (declared[i]["defaultValue"].isString())
      variable->set_value(declared[i].stringAt("defaultValue"));
    else if (request.trigger_type == "StartPipelineExecution") {
      return validation("Value for pipeline variable '" + variable->name() +
                        "' is required, because it has no default.");
    }
  }
  for (const auto& given : request.variables) {
    const auto& known = execution.variables();
    if (std::none_of(known.begin(), known.end(), [&](const auto& one) { return one.name() == given.name_; })) {
      return validation("The variable '" + given.name_ + "' is not declared in the pipeline.");
    }
  }
  return {};
}

base::Result<s::StartPipelineExecution::Output> startPipelineExecution(dispatch::Context& context,
                                                                       const s::StartPipelineExecution::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.name_));
  s::StartPipelineExecution::Output output;
  if (input.clientRequestToken_) {
    const auto known = kClientTokens.get(context.transaction(), pipeline.arn(), *input.clientRequestToken_);
    const auto execution =
        known ? kExecutions.get(context.transaction(), pipeline.arn(), known->sequence()) : std::nullopt;
    if (execution) {
      output.pipelineExecutionId_ = execution->id();
      return output;
    }
    rows::ExecutionLookup lookup;
    lookup.set_sequence(pipeline.last_sequence() + 1);
    kClientTokens.put(context.transaction(), lookup, pipeline.arn(), *input.clientRequestToken_);
  }
  ExecutionRequest request{.trigger_type = "StartPipelineExecution", .trigger_detail = context.call().identity.arn};
  // A rule of EventBridge starts pipelines by this operation too; AWS tells the two apart.
  if (const auto source = base::parseArn(context.call().source_arn); source && source->service == "events") {
    request.trigger_type = "CloudWatchEvent";
    request.trigger_detail = context.call().source_arn;
  }
  if (input.variables_) request.variables = *input.variables_;
  if (input.sourceRevisions_) request.overrides = *input.sourceRevisions_;
  TRY_ASSIGN(output.pipelineExecutionId_, beginExecution(context, pipeline, request));
  return output;
}

base::Result<rows::Execution> requireExecution(dispatch::Context& context, const rows::Pipeline& pipeline,
                                               const std::string& id) {
  auto execution = findExecution(context.transaction(), pipeline.arn(), id);
  if (!execution) return executionNotFound(id);
  return *std::move(execution);
}

base::Result<s::StopPipelineExecution::Output> stopPipelineExecution(dispatch::Context& context,
                                                                     const s::StopPipelineExecution::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const std::string& id = input.pipelineExecutionId_;
  auto execution = findExecution(context.transaction(), pipeline.arn(), id);
  if (!execution) return executionNotStoppable(id);
  const bool abandon = input.abandon_.value_or(false);
  if (execution->status() == "Stopping" && !abandon) return duplicatedStopRequest(id);
  if (execution->status() != "InProgress" && execution->status() != "Stopping") return executionNotStoppable(id);
  execution->set_stop_reason(input.reason_.value_or(""));
  putExecution(context.transaction(), pipeline.arn(), *execution);
  advance(context, pipeline,
          base::Json::object({{"type", "stop"}, {"sequence", execution->sequence()}, {"abandon", abandon}}));
  s::StopPipelineExecution::Output output;
  output.pipelineExecutionId_ = id;
  return output;
}

base::Result<s::RetryStageExecution::Output> retryStageExecution(dispatch::Context& context,
                                                                 const s::RetryStageExecution::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  if (!stageIndex(declaration, input.stageName_)) return stageNotFound(input.stageName_);
  const std::string& id = input.pipelineExecutionId_;
  const auto execution = findExecution(context.transaction(), pipeline.arn(), id);
  const auto holder = std::find_if(pipeline.holders().begin(), pipeline.holders().end(),
                                   [&](const auto& one) { return one.stage() == input.stageName_; });
  if (!execution || holder == pipeline.holders().end() || holder->execution_id() != id) return notLatestExecution(id);
  const rows::StageRun* run = findStageRun(*execution, input.stageName_);
  if (run == nullptr || (run->status() != "Failed" && run->status() != "Stopped")) {
    return stageNotRetryable("The stage " + input.stageName_ + " is not in a failed state and cannot be retried.");
  }
  if (execution->version() != pipeline.version()) {
    return stageNotRetryable("The pipeline structure has changed since the stage " + input.stageName_ + " failed.");
  }
  advance(context, pipeline,
          base::Json::object({{"type", "retry"},
                              {"sequence", execution->sequence()},
                              {"stage", input.stageName_},
                              {"all", input.retryMode_ == "ALL_ACTIONS"}}));
  s::RetryStageExecution::Output output;
  output.pipelineExecutionId_ = id;
  return output;
}

/// What PipelineExecution and PipelineExecutionSummary have in common of it.
template <class Shown>
void showType(Shown& shown, const rows::Execution& execution) {
  shown.executionType_ = execution.rollback_target().empty() ? "STANDARD" : "ROLLBACK";
  if (execution.rollback_target().empty()) return;
  s::PipelineRollbackMetadata metadata;
  metadata.rollbackTargetPipelineExecutionId_ = execution.rollback_target();
  shown.rollbackMetadata_ = metadata;
}

s::ExecutionTrigger triggerOf(const rows::Execution& execution) {
  s::ExecutionTrigger trigger;
  trigger.triggerType_ = execution.trigger_type();
  trigger.triggerDetail_ = execution.trigger_detail();
  return trigger;
}

base::Result<s::GetPipelineExecution::Output> getPipelineExecution(dispatch::Context& context,
                                                                   const s::GetPipelineExecution::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  TRY_ASSIGN(const rows::Execution execution, requireExecution(context, pipeline, input.pipelineExecutionId_));
  s::PipelineExecution shown;
  shown.pipelineName_ = pipeline.name();
  shown.pipelineVersion_ = execution.version();
  shown.pipelineExecutionId_ = execution.id();
  shown.status_ = execution.status();
  if (!execution.status_summary().empty()) shown.statusSummary_ = execution.status_summary();
  shown.artifactRevisions_.emplace();
  for (const rows::Revision& revision : execution.revisions()) {
    s::ArtifactRevision made;
    made.name_ = revision.artifact();
    made.revisionId_ = revision.id();
    made.revisionChangeIdentifier_ = revision.change_id();
    made.revisionSummary_ = revision.summary();
    made.created_ = base::Timestamp{revision.created()};
    made.revisionUrl_ = revision.url();
    shown.artifactRevisions_->push_back(made);
  }
  shown.variables_.emplace();
  for (const rows::Variable& variable : execution.variables()) {
    s::ResolvedPipelineVariable made;
    made.name_ = variable.name();
    made.resolvedValue_ = variable.value();
    shown.variables_->push_back(made);
  }
  shown.trigger_ = triggerOf(execution);
  shown.executionMode_ = execution.mode();
  showType(shown, execution);
  s::GetPipelineExecution::Output output;
  output.pipelineExecution_ = shown;
  return output;
}

s::PipelineExecutionSummary summaryOf(const rows::Execution& execution) {
  s::PipelineExecutionSummary summary;
  summary.pipelineExecutionId_ = execution.id();
  summary.status_ = execution.status();
  if (!execution.status_summary().empty()) summary.statusSummary_ = execution.status_summary();
  summary.startTime_ = base::Timestamp{execution.started()};
  summary.lastUpdateTime_ = base::Timestamp{execution.updated()};
  summary.sourceRevisions_.emplace();
  for (const rows::Revision& revision : execution.revisions()) {
    s::SourceRevision made;
    made.actionName_ = revision.action();
    made.revisionId_ = revision.id();
    made.revisionSummary_ = revision.summary();
    made.revisionUrl_ = revision.url();
    summary.sourceRevisions_->push_back(made);
  }
  summary.trigger_ = triggerOf(execution);
  if (execution.stop_asked() || !execution.stop_reason().empty()) {
    s::StopExecutionTrigger stop;
    if (!execution.stop_reason().empty()) stop.reason_ = execution.stop_reason();
    summary.stopTrigger_ = stop;
  }
  summary.executionMode_ = execution.mode();
  showType(summary, execution);
  return summary;
}

base::Result<s::ListPipelineExecutions::Output> listPipelineExecutions(dispatch::Context& context,
                                                                       const s::ListPipelineExecutions::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  std::string stage;
  if (input.filter_ && input.filter_->succeededInStage_)
    stage = input.filter_->succeededInStage_->stageName_.value_or("");
  std::string after;
  if (input.nextToken_) {
    TRY_ASSIGN(after, readPageToken(*input.nextToken_));
  }
  const std::int64_t wanted = std::min(input.maxResults_.value_or(kLargestPage), kLargestPage);
  s::ListPipelineExecutions::Output output;
  output.pipelineExecutionSummaries_.emplace();
  auto& summaries = *output.pipelineExecutionSummaries_;
  while (true) {
    const auto entries = kExecutions.scanAfter(
        context.transaction(), after, {.limit = static_cast<std::size_t>(wanted) + 1, .reverse = true}, pipeline.arn());
    for (const auto& entry : entries) {
      const rows::StageRun* run = stage.empty() ? nullptr : findStageRun(entry.record, stage);
      const bool shown = stage.empty() || (run != nullptr && run->status() == "Succeeded");
      if (shown && static_cast<std::int64_t>(summaries.size()) == wanted) {
        output.nextToken_ = pageToken(after);
        return output;
      }
      after = entry.key;
      if (shown) summaries.push_back(summaryOf(entry.record));
    }
    if (entries.size() <= static_cast<std::size_t>(wanted)) return output;
  }
}

/// Gives a new execution what all have, and writes its rows.
void writeNew(store::Transaction& transaction, platform::Random& random, base::Timestamp now, rows::Pipeline& pipeline,
              rows::Execution& execution, const ExecutionRequest& request) {
  pipeline.set_last_sequence(pipeline.last_sequence() + 1);
  execution.set_id(random.uuid());
  execution.set_sequence(pipeline.last_sequence());
  execution.set_version(pipeline.version());
  execution.set_status("InProgress");
  execution.set_started(now.milliseconds);
  execution.set_updated(now.milliseconds);
  execution.set_trigger_type(request.trigger_type);
  execution.set_trigger_detail(request.trigger_detail);
  execution.set_waiting(true);
  rows::ExecutionLookup lookup;
  lookup.set_sequence(execution.sequence());
  kExecutionIds.put(transaction, lookup, pipeline.arn(), execution.id());
  kActive.put(transaction, lookup, pipeline.arn(), execution.sequence());
  putExecution(transaction, pipeline.arn(), execution);
}

}  // namespace

base::Result<rows::Execution> makeExecution(store::Transaction& transaction, platform::Random& random,
                                            base::Timestamp now, rows::Pipeline& pipeline,
                                            const ExecutionRequest& request) {
  const base::Json declaration = loadDeclaration(transaction, pipeline.arn(), pipeline.version());
  const std::string mode = declaration.stringAt("executionMode", "SUPERSEDED");
  if (mode != "SUPERSEDED" && kActive.scan(transaction, {}, pipeline.arn()).size() >= kMostConcurrent) {
    return base::ApiError{"ConcurrentPipelineExecutionsLimitExceededException",
                          "The pipeline " + pipeline.name() + " has reached its limit of concurrent executions (" +
                              std::to_string(kMostConcurrent) + ")."};
  }
  rows::Execution execution;
  execution.set_mode(mode);
  TRY(setVariables(execution, declaration, request));
  for (const auto& given : request.overrides) {
    rows::SourceOverride* made = execution.add_source_overrides();
    made->set_action(given.actionName_);
    made->set_type(given.revisionType_);
    made->set_value(given.revisionValue_);
    bool known = false;
    for (const base::Json& action : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
      known = known || action.stringAt("name") == given.actionName_;
    }
    if (!known) return validation("Source action '" + given.actionName_ + "' was not found in the pipeline.");
  }
  writeNew(transaction, random, now, pipeline, execution, request);
  return execution;
}

rows::Execution makeRollback(store::Transaction& transaction, platform::Random& random, base::Timestamp now,
                             rows::Pipeline& pipeline, const rows::Execution& target, std::int64_t stage,
                             const ExecutionRequest& request) {
  rows::Execution execution;
  *execution.mutable_artifacts() = target.artifacts();
  *execution.mutable_revisions() = target.revisions();
  *execution.mutable_variables() = target.variables();
  *execution.mutable_namespaces() = target.namespaces();
  execution.set_stage(stage);
  execution.set_mode(target.mode());
  execution.set_rollback_target(target.id());
  writeNew(transaction, random, now, pipeline, execution, request);
  return execution;
}

base::Result<std::string> beginExecution(dispatch::Context& context, rows::Pipeline pipeline,
                                         const ExecutionRequest& request) {
  TRY_ASSIGN(const rows::Execution execution,
             makeExecution(context.transaction(), context.random(), context.now(), pipeline, request));
  putPipeline(context.transaction(), pipeline);
  advance(context, pipeline, base::Json::object({{"type", "advance"}}));
  return execution.id();
}

void registerExecutions(dispatch::Registry& registry) {
  registry.add<s::StartPipelineExecution>(startPipelineExecution);
  registry.add<s::StopPipelineExecution>(stopPipelineExecution);
  registry.add<s::RetryStageExecution>(retryStageExecution);
  registry.add<s::GetPipelineExecution>(getPipelineExecution);
  registry.add<s::ListPipelineExecutions>(listPipelineExecutions);
}

}  // namespace thimble::services::codepipeline
