#include "services/codepipeline/pipeline_decision.h"

#include <algorithm>
#include <utility>

#include "services/codepipeline/executions.h"
#include "services/codepipeline/state_events.h"

namespace thimble::services::codepipeline {
namespace {

bool isOver(const std::string& status) {
  return status != "InProgress" && status != "Stopping";
}

/// As AWS names what starts an execution for a change of this source.
ExecutionRequest triggerOf(const rows::PolledSource& source) {
  if (source.provider() == "CodeStarSourceConnection") {
    return {.trigger_type = "WebhookV2",
            .trigger_detail = parseStored(source.configuration_json()).stringAt("ConnectionArn")};
  }
  return {.trigger_type = "PollForSourceChanges", .trigger_detail = source.action()};
}

}  // namespace

PipelineDecision::PipelineDecision(dispatch::ProcessContext& context, dispatch::Authorizer& authorizer,
                                   rows::Pipeline pipeline)
    : context_(context), authorizer_(authorizer), pipeline_(std::move(pipeline)) {
  loadActive();
}

void PipelineDecision::loadActive() {
  for (const auto& entry : kActive.scan(context_.transaction(), {}, pipeline_.arn())) findLive(entry.record.sequence());
}

PipelineDecision::Live* PipelineDecision::findLive(std::int64_t sequence) {
  const auto known = live_.find(sequence);
  if (known != live_.end()) return &known->second;
  auto execution = kExecutions.get(context_.transaction(), pipeline_.arn(), sequence);
  if (!execution) return nullptr;
  base::Json declaration = loadDeclaration(context_.transaction(), pipeline_.arn(), execution->version());
  return &live_.emplace(sequence, Live{*std::move(execution), std::move(declaration)}).first->second;
}

void PipelineDecision::signal(const base::Json& payload) {
  const std::string type = payload.stringAt("type");
  if (type == "retry") return retry(payload);
  if (type == "approval") return approval(payload);
  if (type == "override") return overrideConditions(payload);
  if (type == "job") return jobResult(payload);
  if (type == "sourceChanged") return sourceChanged(payload);
  if (type == "referencesChanged") return referencesChanged(payload);
  if (type == "stop") {
    Live* live = findLive(payload["sequence"].asInt());
    if (live != nullptr) stop(*live, payload["abandon"] == base::Json(true));
  }
  if (type == "delete") {
    for (auto& [sequence, live] : live_) {
      if (!isOver(live.execution.status())) abandonActions(live);
    }
    live_.clear();
  }
}

const base::Json& PipelineDecision::stageDeclaration(const Live& live) const {
  return live.declaration["stages"][static_cast<std::size_t>(live.execution.stage())];
}

rows::StageRun& PipelineDecision::stageRun(Live& live, const std::string& stage) {
  for (rows::StageRun& run : *live.execution.mutable_stages()) {
    if (run.stage() == stage) return run;
  }
  rows::StageRun* run = live.execution.add_stages();
  run->set_stage(stage);
  return *run;
}

void PipelineDecision::setStatus(Live& live, const std::string& status) {
  const bool again = status == "InProgress" && live.execution.status() != status;
  live.execution.set_status(status);
  live.execution.set_updated(context_.now().milliseconds);
  emitPipelineState(context_, pipeline_, live.execution, again ? "RESUMED" : eventState(status));
}

bool PipelineDecision::transitionEnabled(const std::string& stage, bool outbound) const {
  for (const rows::Transition& transition : pipeline_.transitions()) {
    if (transition.stage() == stage && transition.outbound() == outbound) return transition.enabled();
  }
  return true;
}

bool PipelineDecision::isSuperseded(const Live& live) const {
  if (live.execution.mode() != "SUPERSEDED") return false;
  const std::string stage = stageName(live);
  return std::any_of(live_.begin(), live_.end(), [&](const auto& other) {
    return other.first > live.execution.sequence() && other.second.execution.waiting() &&
           !isOver(other.second.execution.status()) && stageName(other.second) == stage;
  });
}

bool PipelineDecision::mayEnter(const Live& live) const {
  const std::string stage = stageName(live);
  if (!transitionEnabled(stage, false)) return false;
  if (live.execution.stage() > 0) {
    const auto before = static_cast<std::size_t>(live.execution.stage() - 1);
    if (!transitionEnabled(live.declaration["stages"][before].stringAt("name"), true)) return false;
  }
  if (live.execution.mode() == "PARALLEL") return true;
  for (const auto& [sequence, other] : live_) {
    if (sequence == live.execution.sequence() || isOver(other.execution.status()) || stageName(other) != stage)
      continue;
    if (!other.execution.waiting()) return false;
    if (live.execution.mode() == "QUEUED" && sequence < live.execution.sequence()) return false;
  }
  return true;
}

void PipelineDecision::enter(Live& live) {
  const std::string stage = stageName(live);
  live.execution.set_waiting(false);
  live.execution.set_updated(context_.now().milliseconds);
  rows::StageRun& run = stageRun(live, stage);
  run.set_status("InProgress");
  run.clear_actions();
  run.clear_conditions();
  run.set_auto_retries(0);
  emitStageState(context_, pipeline_, live.execution, stage, "STARTED");
  for (rows::StageHolder& holder : *pipeline_.mutable_holders()) {
    if (holder.stage() != stage) continue;
    holder.set_execution_id(live.execution.id());
    return;
  }
  rows::StageHolder* holder = pipeline_.add_holders();
  holder->set_stage(stage);
  holder->set_execution_id(live.execution.id());
}

bool PipelineDecision::step(Live& live) {
  if (isOver(live.execution.status())) return false;
  if (!live.execution.announced()) {
    live.execution.set_announced(true);
    emitPipelineState(context_, pipeline_, live.execution, "STARTED");
  }
  if (!live.execution.waiting()) return runStage(live);
  if (live.execution.stop_asked()) {
    setStatus(live, "Stopped");
    return true;
  }
  if (isSuperseded(live)) {
    setStatus(live, "Superseded");
    return true;
  }
  if (!mayEnter(live)) return false;
  enter(live);
  return true;
}

bool PipelineDecision::runStage(Live& live) {
  const std::string stage = stageName(live);
  const base::Json& actions = stageDeclaration(live)["actions"];
  rows::StageRun& run = stageRun(live, stage);
  const bool stopping = live.execution.stop_asked();
  if (!stopping || run.actions().empty()) {
    const Checked entry = check(live, run, "BEFORE_ENTRY");
    if (entry.outcome == Checked::Outcome::Running) return entry.begun;
    if (entry.outcome == Checked::Outcome::Failed) {
      engage(live, run, entry.result, entry.summary);
      return true;
    }
  }
  std::vector<PlannedAction> planned;
  for (const base::Json& action : actions.asArray()) {
    const auto row =
        currentAction(context_.transaction(), pipeline_.arn(), live.execution, run, action.stringAt("name"));
    planned.push_back({action.stringAt("name"), action["runOrder"].isInt() ? action["runOrder"].asInt() : 1,
                       row ? row->status() : ""});
  }
  const StagePlan plan = planStage(planned, stopping);
  for (const std::string& name : plan.begin) {
    const auto declaration = std::find_if(actions.asArray().begin(), actions.asArray().end(),
                                          [&](const base::Json& action) { return action.stringAt("name") == name; });
    beginAction(live, stage, *run.mutable_actions(), *declaration);
  }
  switch (plan.outcome) {
    case StagePlan::Outcome::Running:
      return !plan.begin.empty();
    case StagePlan::Outcome::Failed: {
      const base::Json& on_failure = stageDeclaration(live)["onFailure"];
      const Checked failure = check(live, run, "ON_FAILURE");
      if (failure.outcome == Checked::Outcome::Running) return failure.begun;
      const bool by_condition = !on_failure["conditions"].empty();
      engage(live, run, by_condition ? failure.result : on_failure.stringAt("result"), "");
      return true;
    }
    case StagePlan::Outcome::Stopped:
      run.set_status("Stopped");
      emitStageState(context_, pipeline_, live.execution, stage, "STOPPED");
      setStatus(live, "Stopped");
      return true;
    case StagePlan::Outcome::Succeeded:
      break;
  }
  const Checked success = check(live, run, "ON_SUCCESS");
  if (success.outcome == Checked::Outcome::Running) return success.begun;
  if (success.outcome == Checked::Outcome::Failed) {
    engage(live, run, success.result, success.summary);
    return true;
  }
  run.set_status("Succeeded");
  emitStageState(context_, pipeline_, live.execution, stage, "SUCCEEDED");
  leaveStage(live);
  return true;
}

void PipelineDecision::leaveStage(Live& live) {
  live.execution.set_updated(context_.now().milliseconds);
  // A rollback is for one stage.
  if (!live.execution.rollback_target().empty() ||
      static_cast<std::size_t>(live.execution.stage()) + 1 == live.declaration["stages"].size()) {
    setStatus(live, "Succeeded");
  } else {
    live.execution.set_stage(live.execution.stage() + 1);
    live.execution.set_waiting(true);
  }
}

void PipelineDecision::stop(Live& live, bool abandon) {
  if (isOver(live.execution.status())) return;
  live.execution.set_stop_asked(true);
  const auto set_stage = [&](const char* status) {
    if (live.execution.waiting()) return;
    stageRun(live, stageName(live)).set_status(status);
    emitStageState(context_, pipeline_, live.execution, stageName(live), eventState(status));
  };
  setStatus(live, "Stopping");
  set_stage("Stopping");
  if (!abandon) return;
  abandonActions(live);
  set_stage("Stopped");
  setStatus(live, "Stopped");
}

void PipelineDecision::abandonActions(Live& live) {
  if (live.execution.waiting()) return;
  const rows::StageRun run = stageRun(live, stageName(live));
  abandonActions(live, run.actions());
  for (const rows::StageConditions& conditions : run.conditions()) {
    for (const rows::ConditionRun& one : conditions.runs()) abandonActions(live, one.rules());
  }
}

void PipelineDecision::abandonActions(Live& live,
                                      const google::protobuf::RepeatedPtrField<rows::CurrentAction>& current_actions) {
  for (const rows::CurrentAction& current : current_actions) {
    auto action = kActions.get(context_.transaction(), pipeline_.arn(), live.execution.sequence(), current.sequence());
    if (!action || action->status() != "InProgress") continue;
    if (!action->task_id().empty()) context_.cancelTask(action->task_id());
    endAction(live, *action, "Abandoned");
  }
}

void PipelineDecision::retry(const base::Json& payload) {
  Live* live = findLive(payload["sequence"].asInt());
  if (live == nullptr) return;
  const std::string stage = payload.stringAt("stage");
  const auto index = stageIndex(live->declaration, stage);
  if (!index) return;
  rows::StageRun& run = stageRun(*live, stage);
  run.set_manual_retries(run.manual_retries() + 1);
  run.set_latest_retry("ManualStageRetry");
  live->execution.set_stage(static_cast<std::int64_t>(*index));
  beginAgain(*live, run, payload["all"] == base::Json(true));
}

void PipelineDecision::sourceChanged(const base::Json& payload) {
  const std::string action = payload.stringAt("action");
  auto polled = kPolledSources.get(context_.transaction(), pipeline_.arn(), action);
  if (!polled || polled->last_revision() == payload.stringAt("revision")) return;
  // An execution that is fetching may be about to take this very revision.
  for (const auto& [sequence, live] : live_) {
    if (!isOver(live.execution.status()) && live.execution.stage() == 0) return;
  }
  polled->set_last_revision(payload.stringAt("revision"));
  kPolledSources.put(context_.transaction(), *polled, pipeline_.arn(), action);
  auto execution =
      makeExecution(context_.transaction(), context_.random(), context_.now(), pipeline_, triggerOf(*polled));
  if (execution.ok()) findLive(execution->sequence());
}

void PipelineDecision::referencesChanged(const base::Json& payload) {
  const std::string action = payload.stringAt("action");
  auto polled = kPolledSources.get(context_.transaction(), pipeline_.arn(), action);
  if (!polled || polled->triggers_json() != payload.stringAt("triggers")) return;
  const bool first = polled->references_json().empty();
  base::Json known = first ? base::Json::object() : parseStored(polled->references_json());
  for (const base::Json& change : payload["changes"].asArray()) {
    const std::string reference = change.stringAt("reference");
    const std::string commit = change.stringAt("to");
    if (known.stringAt(reference) != change.stringAt("from")) continue;  // Told twice.
    if (change["start"] == base::Json(true)) {
      auto execution =
          makeExecution(context_.transaction(), context_.random(), context_.now(), pipeline_, triggerOf(*polled));
      if (!execution.ok()) continue;  // Too many run: looked at again later.
      rows::SourceOverride* given = findLive(execution->sequence())->execution.add_source_overrides();
      given->set_action(action);
      given->set_type("COMMIT_ID");
      // A pull request's is the newest of the branch that it comes from.
      given->set_value(change.stringAt("commit", commit));
      given->set_reference(change.stringAt("branch", reference));
    }
    if (commit.empty()) {
      known.erase(reference);
    } else {
      known.set(reference, commit);
    }
  }
  polled->set_references_json(known.write());
  kPolledSources.put(context_.transaction(), *polled, pipeline_.arn(), action);
}

void PipelineDecision::finish() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto& [sequence, live] : live_) changed = step(live) || changed;
  }
  for (auto& [sequence, live] : live_) {
    putExecution(context_.transaction(), pipeline_.arn(), live.execution);
    if (isOver(live.execution.status())) {
      kActive.erase(context_.transaction(), pipeline_.arn(), sequence);
    } else {
      rows::ExecutionLookup lookup;
      lookup.set_sequence(sequence);
      kActive.put(context_.transaction(), lookup, pipeline_.arn(), sequence);
    }
  }
  putPipeline(context_.transaction(), pipeline_);
}

}  // namespace thimble::services::codepipeline
