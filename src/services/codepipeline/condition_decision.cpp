// Stage conditions: what is checked before a stage is entered, after it succeeded and after it failed, and what
// follows. https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works-conditions.html
//
// A rule is run as an action is. When one fails, its condition fails, and the condition's result is engaged.
#include <algorithm>

#include "services/codepipeline/executions.h"
#include "services/codepipeline/pipeline_decision.h"
#include "services/codepipeline/state_events.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

/// The declaration of a kind of conditions is this member of a stage's.
const char* memberOf(const std::string& kind) {
  if (kind == "BEFORE_ENTRY") return "beforeEntry";
  return kind == "ON_SUCCESS" ? "onSuccess" : "onFailure";
}

rows::StageConditions& conditionsOf(rows::StageRun& run, const std::string& kind) {
  for (rows::StageConditions& known : *run.mutable_conditions()) {
    if (known.kind() == kind) return known;
  }
  rows::StageConditions* made = run.add_conditions();
  made->set_kind(kind);
  return *made;
}

/// A rule as the declaration of an action.
Json asAction(const Json& rule) {
  Json action = Json::object({{"name", rule["name"]}, {"configuration", rule["configuration"]}});
  const Json& type = rule["ruleTypeId"];
  action.set("actionTypeId", Json::object({{"category", "Rule"},
                                           {"owner", "AWS"},
                                           {"provider", type["provider"]},
                                           {"version", type.stringAt("version", "1")}}));
  for (const char* member : {"inputArtifacts", "roleArn", "region", "timeoutInMinutes", "commands"}) {
    if (rule.contains(member)) action.set(member, rule[member]);
  }
  if (!action["configuration"].isObject()) action.set("configuration", Json::object());
  return action;
}

}  // namespace

PipelineDecision::Checked PipelineDecision::check(Live& live, rows::StageRun& run, const std::string& kind) {
  const Json& declared = stageDeclaration(live)[memberOf(kind)]["conditions"];
  if (declared.empty()) return {};
  rows::StageConditions& conditions = conditionsOf(run, kind);
  if (conditions.status() == "Succeeded" || conditions.status() == "Overridden") return {};
  const auto set = [&](auto& row, const std::string& status) {
    if (row.status() == status) return;
    row.set_status(status);
    row.set_changed(context_.now().milliseconds);
  };
  set(conditions, "InProgress");
  Checked checked;
  bool running = false;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (conditions.runs_size() <= static_cast<int>(i)) conditions.add_runs();
    rows::ConditionRun& one = *conditions.mutable_runs(static_cast<int>(i));
    std::string status = "Succeeded";
    const Json& rules = declared[i]["rules"];
    for (std::size_t r = 0; r < rules.size(); ++r) {
      const std::string name = rules[r].stringAt("name");
      auto known = std::find_if(one.rules().begin(), one.rules().end(),
                                [&](const rows::CurrentAction& rule) { return rule.action() == name; });
      if (known == one.rules().end()) {
        beginAction(live, run.stage(), *one.mutable_rules(), asAction(rules[r]), kind);
        known = one.rules().end() - 1;
        checked.begun = true;
      }
      const auto rule =
          kActions.get(context_.transaction(), pipeline_.arn(), live.execution.sequence(), known->sequence());
      if (rule && rule->status() == "InProgress") {
        if (status == "Succeeded") status = "InProgress";
      } else if (!rule || rule->status() != "Succeeded") {
        status = "Failed";
        if (checked.summary.empty() && rule) checked.summary = "Rule " + name + " failed: " + rule->error_message();
      }
    }
    set(one, status);
    running = running || status == "InProgress";
    if (status == "Failed" && checked.result.empty()) {
      checked.outcome = Checked::Outcome::Failed;
      checked.result = declared[i].stringAt("result", "FAIL");
    }
  }
  if (running) {
    // Rules that run beside a failed one may end first.
    checked.outcome = Checked::Outcome::Running;
    return checked;
  }
  set(conditions, checked.outcome == Checked::Outcome::Failed ? "Failed" : "Succeeded");
  conditions.set_summary(checked.summary);
  return checked;
}

void PipelineDecision::engage(Live& live, rows::StageRun& run, const std::string& result, const std::string& why) {
  if (result == "SKIP") {
    run.set_status("Skipped");
    emitStageState(context_, pipeline_, live.execution, run.stage(), "SUCCEEDED");
    leaveStage(live);
    return;
  }
  if (result == "RETRY" && run.auto_retries() == 0) {
    run.set_auto_retries(1);
    run.set_latest_retry("AutomatedStageRetry");
    const Json& mode = stageDeclaration(live)["onFailure"]["retryConfiguration"]["retryMode"];
    beginAgain(live, run, mode == Json("ALL_ACTIONS"));
    return;
  }
  failStage(live, run, why);
  if (result == "ROLLBACK") rollBack(live, run.stage());
}

void PipelineDecision::failStage(Live& live, rows::StageRun& run, const std::string& why) {
  run.set_status("Failed");
  emitStageState(context_, pipeline_, live.execution, run.stage(), "FAILED");
  if (!why.empty()) live.execution.set_status_summary(why);
  setStatus(live, "Failed");
}

void PipelineDecision::rollBack(const Live& live, const std::string& stage) {
  // To the last execution before this one that went through the stage, of the same structure.
  const auto entries = kExecutions.scan(context_.transaction(), {.limit = 500, .reverse = true}, pipeline_.arn());
  for (const auto& entry : entries) {
    const rows::Execution& target = entry.record;
    if (target.sequence() >= live.execution.sequence() || target.version() != live.execution.version()) continue;
    const rows::StageRun* run = findStageRun(target, stage);
    if (run == nullptr || run->status() != "Succeeded" || !target.rollback_target().empty()) continue;
    const rows::Execution made = makeRollback(
        context_.transaction(), context_.random(), context_.now(), pipeline_, target, live.execution.stage(),
        {.trigger_type = "AutomatedRollback", .trigger_detail = live.execution.id()});
    findLive(made.sequence());
    return;
  }
}

void PipelineDecision::beginAgain(Live& live, rows::StageRun& run, bool all) {
  rows::StageRun kept;
  for (const rows::CurrentAction& current : run.actions()) {
    const auto action =
        kActions.get(context_.transaction(), pipeline_.arn(), live.execution.sequence(), current.sequence());
    if (!all && action && action->status() == "Succeeded") *kept.add_actions() = current;
  }
  *run.mutable_actions() = kept.actions();
  run.clear_conditions();
  run.set_status("InProgress");
  live.execution.set_waiting(false);
  live.execution.set_stop_asked(false);
  live.execution.clear_status_summary();
  live.execution.set_attempt(std::max<std::int64_t>(1, live.execution.attempt()) + 1);
  if (live.execution.status() != "InProgress") setStatus(live, "InProgress");
  emitStageState(context_, pipeline_, live.execution, run.stage(), "RESUMED");
}

void PipelineDecision::overrideConditions(const Json& payload) {
  Live* live = findLive(payload["sequence"].asInt());
  if (live == nullptr) return;
  const std::string stage = payload.stringAt("stage");
  const auto index = stageIndex(live->declaration, stage);
  if (!index) return;
  rows::StageRun& run = stageRun(*live, stage);
  rows::StageConditions& conditions = conditionsOf(run, payload.stringAt("kind"));
  for (const rows::ConditionRun& one : conditions.runs()) abandonActions(*live, one.rules());
  conditions.set_status("Overridden");
  conditions.set_summary("Overridden by " + payload.stringAt("by"));
  conditions.set_changed(context_.now().milliseconds);
  for (rows::ConditionRun& one : *conditions.mutable_runs()) {
    if (one.status() != "Succeeded") one.set_status("Overridden");
  }
  if (live->execution.status() == "InProgress") return;
  run.set_status("InProgress");
  live->execution.set_stage(static_cast<std::int64_t>(*index));
  live->execution.set_waiting(false);
  live->execution.clear_status_summary();
  setStatus(*live, "InProgress");
}

}  // namespace thimble::services::codepipeline
