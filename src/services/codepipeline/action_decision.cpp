// Actions: how each begins, goes on and ends.
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "base/encoding.h"
#include "services/codepipeline/job_credentials.h"
#include "services/codepipeline/pipeline_decision.h"
#include "services/codepipeline/state_events.h"
#include "services/codepipeline/variables.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::string_view kAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::int64_t kContinueAfter = 30 * 1000;  ///< Milliseconds until a job with a continuation token goes on.

ArtifactPlace toPlace(const rows::Artifact& artifact) {
  return {artifact.name(), artifact.bucket(), artifact.key(), artifact.revision()};
}

/// The artifact store of the action's region.
std::string artifactBucket(const base::Json& declaration, const std::string& region) {
  const base::Json& stores = declaration["artifactStores"];
  const base::Json& store = stores[region].isObject() ? stores[region] : declaration["artifactStore"];
  return store.stringAt("location");
}

}  // namespace

std::string PipelineDecision::tag(const rows::Action& action) {
  return std::to_string(action.execution_sequence()) + "/" + std::to_string(action.sequence());
}

ActionInput PipelineDecision::inputOf(const Live& live, const rows::Action& action) const {
  const auto arn = base::parseArn(pipeline_.arn());
  ActionInput input;
  input.declaration = parseStored(action.declaration_json());
  input.configuration = parseStored(action.configuration_json());
  for (const rows::Artifact& artifact : action.inputs()) input.inputs.push_back(toPlace(artifact));
  for (const rows::Artifact& artifact : action.outputs()) input.outputs.push_back(toPlace(artifact));
  input.account = arn->account;
  input.region = arn->region;
  input.pipeline = pipeline_.name();
  input.stage = action.stage();
  input.action = action.name();
  input.execution_id = live.execution.id();
  input.action_id = action.id();
  input.job_id = action.job_id();
  input.token = action.token();
  for (const rows::SourceOverride& given : live.execution.source_overrides()) {
    if (given.action() != action.name()) continue;
    input.override_type = given.type();
    input.override_value = given.value();
    input.override_reference = given.reference();
  }
  input.git_url = gitUrlOf(pipeline_);
  input.now = context_.now();
  input.deadline = base::Timestamp{action.started()};
  if (const ActionProvider* provider = findProvider(input.declaration["actionTypeId"])) {
    const base::Json& minutes = input.declaration["timeoutInMinutes"];
    input.deadline = input.deadline.plusMilliseconds(
        !action.rule_of().empty() && minutes.isInt() ? minutes.asInt() * kMinute : provider->timeout(input));
  }
  return input;
}

void PipelineDecision::beginAction(Live& live, const std::string& stage,
                                   google::protobuf::RepeatedPtrField<rows::CurrentAction>& current_actions,
                                   const base::Json& declaration, const std::string& rule_of) {
  rows::Action action;
  live.execution.set_last_action(live.execution.last_action() + 1);
  action.set_sequence(live.execution.last_action());
  action.set_execution_id(live.execution.id());
  action.set_execution_sequence(live.execution.sequence());
  action.set_pipeline_arn(pipeline_.arn());
  action.set_version(live.execution.version());
  action.set_id(context_.random().uuid());
  action.set_stage(stage);
  action.set_rule_of(rule_of);
  action.set_name(declaration.stringAt("name"));
  action.set_status("InProgress");
  action.set_started(context_.now().milliseconds);
  action.set_updated(context_.now().milliseconds);
  action.set_declaration_json(declaration.write());
  const std::string own_role = declaration.stringAt("roleArn");
  action.set_role_arn(own_role.empty() ? live.declaration.stringAt("roleArn") : own_role);
  auto current = std::find_if(current_actions.begin(), current_actions.end(),
                              [&](const rows::CurrentAction& one) { return one.action() == action.name(); });
  if (current == current_actions.end()) {
    current_actions.Add()->set_action(action.name());
    current = current_actions.end() - 1;
  }
  current->set_sequence(action.sequence());
  if (rule_of.empty()) emitActionState(context_, pipeline_, live.execution, action, "STARTED");
  if (!prepare(live, action, declaration)) return;

  const base::Json& type = declaration["actionTypeId"];
  const ActionProvider* provider = findProvider(type);
  if (provider == nullptr) {
    apply(live, action, {},
          ActionStep::fail("ConfigurationError", "The action provider " + providerName(type) + " is not implemented."));
    return;
  }
  using Work = ActionProvider::Work;
  const Work work = provider->work();
  if (work == Work::ByWord) action.set_token(context_.random().uuid());
  if (work == Work::ByJob || work == Work::ByPoll) makeJob(action, work);
  ActionInput input = inputOf(live, action);
  if (work == Work::ByJob && !giveCredentials(live, action, input)) return;
  context_.scheduleTimer("timeout/" + tag(action), input.deadline);
  base::Json progress;
  const ActionStep step = provider->begin(input, progress);
  apply(live, action, progress, step);
}

void PipelineDecision::makeJob(rows::Action& action, ActionProvider::Work work, const std::string& continuation_token) {
  action.set_job_id(context_.random().uuid());
  const base::Json type = parseStored(action.declaration_json())["actionTypeId"];
  const auto arn = base::parseArn(pipeline_.arn());
  rows::Job job;
  job.set_pipeline_arn(pipeline_.arn());
  job.set_execution_sequence(action.execution_sequence());
  job.set_action_sequence(action.sequence());
  job.set_status(work == ActionProvider::Work::ByPoll ? "Queued" : "InProgress");
  job.set_nonce("1");
  job.set_action_type(providerName(type) + "/" + type.stringAt("version"));
  job.set_account(arn->account);
  job.set_region(arn->region);
  job.set_continuation_token(continuation_token);
  kJobs.put(context_.transaction(), job, action.job_id());
  if (work != ActionProvider::Work::ByPoll) return;
  rows::WaitingJob waiting;
  waiting.set_created(context_.now().milliseconds);
  kWaitingJobs.put(context_.transaction(), waiting, job.account(), job.region(), job.action_type(), action.job_id());
}

bool PipelineDecision::prepare(Live& live, rows::Action& action, const base::Json& declaration) {
  const auto fail = [&](const std::string& message) {
    apply(live, action, {}, ActionStep::fail("ConfigurationError", message));
    return false;
  };
  const FindVariable find = [&](const std::string& name_space, const std::string& key) -> std::optional<std::string> {
    if (name_space == "codepipeline" && key == "PipelineExecutionId") return live.execution.id();
    if (name_space == "variables") {
      for (const rows::Variable& variable : live.execution.variables()) {
        if (variable.name() == key) return variable.value();
      }
    }
    for (const rows::Namespace& known : live.execution.namespaces()) {
      if (known.name() != name_space) continue;
      for (const rows::Variable& variable : known.variables()) {
        if (variable.name() == key) return variable.value();
      }
    }
    return std::nullopt;
  };
  const auto configuration = resolveConfiguration(declaration["configuration"], find);
  base::Json resolved = declaration;
  for (const char* member : {"commands", "environmentVariables"}) {
    if (!declaration.contains(member)) continue;
    auto values = resolveConfiguration(declaration[member], find);
    if (!values.ok()) {
      return fail("The variable reference " + values.error().reference + " in the " + member + " of the action " +
                  action.name() + " has no value.");
    }
    resolved.set(member, std::move(values).value());
  }
  action.set_declaration_json(resolved.write());
  action.set_configuration_json(configuration.ok() ? configuration.value().write()
                                                   : declaration["configuration"].write());
  if (!configuration.ok()) {
    return fail("The variable reference " + configuration.error().reference + " in the configuration of the action " +
                action.name() + " has no value.");
  }
  for (std::size_t i = 0; i < declaration["inputArtifacts"].size(); ++i) {
    const std::string name = declaration["inputArtifacts"][i].stringAt("name");
    const auto& known = live.execution.artifacts();
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& artifact) { return artifact.name() == name; });
    if (found == known.end())
      return fail("The input artifact " + name + " of the action " + action.name() + " does not exist.");
    *action.add_inputs() = *found;
  }
  const auto arn = base::parseArn(pipeline_.arn());
  const std::string region = declaration.stringAt("region", arn->region);
  for (std::size_t i = 0; i < declaration["outputArtifacts"].size(); ++i) {
    const std::string name = declaration["outputArtifacts"][i].stringAt("name");
    rows::Artifact* artifact = action.add_outputs();
    artifact->set_name(name);
    artifact->set_bucket(artifactBucket(live.declaration, region));
    artifact->set_key(pipeline_.name().substr(0, 20) + "/" + name.substr(0, 10) + "/" +
                      context_.random().text(7, kAlphanumeric));
  }
  return true;
}

bool PipelineDecision::giveCredentials(Live& live, rows::Action& action, ActionInput& input) {
  auto credentials = issueJobCredentials(context_.transaction(), authorizer_, context_.random(), context_.now(),
                                         action.role_arn(), input);
  if (!credentials.ok()) {
    apply(live, action, {}, ActionStep::fail("PermissionError", credentials.error().message));
    return false;
  }
  input.credentials = std::move(credentials).value();
  return true;
}

void PipelineDecision::report(rows::Action& action, const ActionReport& report) const {
  if (!report.summary.empty()) action.set_summary(report.summary);
  if (!report.external_id.empty()) action.set_external_id(report.external_id);
  if (!report.external_url.empty()) action.set_external_url(report.external_url);
  if (report.revision) {
    rows::Revision* revision = action.mutable_revision();
    revision->set_id(report.revision->id);
    revision->set_change_id(report.revision->change_id);
    revision->set_summary(report.revision->summary);
    revision->set_url(report.revision->url);
    revision->set_created(report.revision->created.value_or(context_.now()).milliseconds);
    revision->set_action(action.name());
    if (action.outputs_size() > 0) revision->set_artifact(action.outputs(0).name());
  }
  if (report.variables.empty()) return;
  action.clear_variables();
  for (const auto& [name, value] : report.variables) {
    rows::Variable* variable = action.add_variables();
    variable->set_name(name);
    variable->set_value(value);
  }
}

void PipelineDecision::apply(Live& live, rows::Action& action, const base::Json& progress, const ActionStep& step) {
  action.set_progress_json(progress.isNull() ? "" : progress.write());
  action.set_updated(context_.now().milliseconds);
  action.clear_task_id();
  report(action, step.report);
  switch (step.kind) {
    case ActionStep::Kind::Call: {
      const auto arn = base::parseArn(pipeline_.arn());
      dispatch::Call call;
      call.role = dispatch::RoleToAssume{action.role_arn(), kPrincipal, std::to_string(context_.now().milliseconds)};
      call.account = arn->account;
      call.region = arn->region;
      call.service = step.service;
      call.operation = step.operation;
      call.input = step.input;
      call.source_arn = pipeline_.arn();
      action.set_task_id(context_.scheduleCall(call, tag(action)));
      putAction(context_.transaction(), action);
      return;
    }
    case ActionStep::Kind::Pause:
      context_.scheduleTimer("resume/" + tag(action), context_.now().plusMilliseconds(step.pause));
      putAction(context_.transaction(), action);
      return;
    case ActionStep::Kind::Wait:
      putAction(context_.transaction(), action);
      return;
    case ActionStep::Kind::Succeeded:
      endAction(live, action, "Succeeded");
      return;
    case ActionStep::Kind::Failed:
      action.set_error_code(step.error_code);
      action.set_error_message(step.error_message);
      endAction(live, action, "Failed");
      return;
  }
}

void PipelineDecision::endAction(Live& live, rows::Action& action, const std::string& status) {
  action.set_status(status);
  action.set_updated(context_.now().milliseconds);
  action.clear_task_id();
  context_.cancelTimer("timeout/" + tag(action));
  context_.cancelTimer("continue/" + tag(action));
  context_.cancelTimer("resume/" + tag(action));
  live.execution.set_updated(context_.now().milliseconds);
  setJobStatus(action, status == "Succeeded" ? "Succeeded" : "Failed");
  if (status == "Succeeded") {
    for (rows::Artifact& output : *action.mutable_outputs()) {
      if (action.has_revision()) output.set_revision(action.revision().id());
      auto* known = live.execution.mutable_artifacts();
      const auto same =
          std::find_if(known->begin(), known->end(), [&](const auto& one) { return one.name() == output.name(); });
      if (same == known->end())
        *known->Add() = output;
      else
        *same = output;
    }
    const base::Json declaration = parseStored(action.declaration_json());
    if (action.has_revision() && declaration["actionTypeId"].stringAt("category") == "Source") {
      noteRevision(live, action);
      auto* known = live.execution.mutable_revisions();
      const auto same =
          std::find_if(known->begin(), known->end(), [&](const auto& one) { return one.action() == action.name(); });
      if (same == known->end())
        *known->Add() = action.revision();
      else
        *same = action.revision();
    }
    const std::string name_space = declaration.stringAt("namespace");
    if (!name_space.empty()) {
      auto* known = live.execution.mutable_namespaces();
      auto same = std::find_if(known->begin(), known->end(), [&](const auto& one) { return one.name() == name_space; });
      rows::Namespace* made = same == known->end() ? known->Add() : &*same;
      made->set_name(name_space);
      *made->mutable_variables() = action.variables();
    }
  }
  putAction(context_.transaction(), action);
  if (action.rule_of().empty()) emitActionState(context_, pipeline_, live.execution, action, eventState(status));
}

void PipelineDecision::noteRevision(const Live& live, const rows::Action& action) {
  for (const rows::SourceOverride& given : live.execution.source_overrides()) {
    if (given.action() == action.name()) return;  // An older one, perhaps.
  }
  auto polled = kPolledSources.get(context_.transaction(), pipeline_.arn(), action.name());
  if (!polled) return;
  polled->set_last_revision(action.revision().id());
  kPolledSources.put(context_.transaction(), *polled, pipeline_.arn(), action.name());
}

void PipelineDecision::setJobStatus(const rows::Action& action, const std::string& status) {
  if (action.job_id().empty()) return;
  auto job = kJobs.get(context_.transaction(), action.job_id());
  if (!job) return;
  job->set_status(status);
  kJobs.put(context_.transaction(), *job, action.job_id());
  kWaitingJobs.erase(context_.transaction(), job->account(), job->region(), job->action_type(), action.job_id());
}

std::optional<rows::Action> PipelineDecision::runningAction(const base::Json& payload) {
  if (!payload["sequence"].isInt() || !payload["action"].isInt()) return std::nullopt;
  auto action =
      kActions.get(context_.transaction(), pipeline_.arn(), payload["sequence"].asInt(), payload["action"].asInt());
  return action && action->status() == "InProgress" ? action : std::nullopt;
}

void PipelineDecision::taskEnded(const dispatch::ProcessInput& input) {
  const std::size_t slash = input.name.find('/');
  if (slash == std::string::npos) return;
  const base::Json place = base::Json::object(
      {{"sequence", std::stoll(input.name.substr(0, slash))}, {"action", std::stoll(input.name.substr(slash + 1))}});
  auto action = runningAction(place);
  // The call of an action that has ended meanwhile, or another one than that which is awaited.
  if (!action || action->task_id() != input.task_id) return;
  Live* live = findLive(action->execution_sequence());
  const ActionInput given = inputOf(*live, *action);
  const ActionProvider* provider = findProvider(given.declaration["actionTypeId"]);
  if (provider == nullptr) return;
  base::Json progress = parseStored(action->progress_json());
  const ActionStep step = input.type == dispatch::ProcessInput::Type::WorkerLost || !input.outcome
                              ? provider->lost(given, progress)
                              : provider->answered(given, progress, *input.outcome);
  apply(*live, *action, progress, step);
}

void PipelineDecision::timer(const dispatch::ProcessInput& input) {
  const std::size_t first = input.name.find('/');
  const std::size_t second = input.name.find('/', first + 1);
  if (first == std::string::npos || second == std::string::npos) return;
  const base::Json place =
      base::Json::object({{"sequence", std::stoll(input.name.substr(first + 1, second - first - 1))},
                          {"action", std::stoll(input.name.substr(second + 1))}});
  auto action = runningAction(place);
  if (!action) return;
  Live* live = findLive(action->execution_sequence());
  ActionInput given = inputOf(*live, *action);
  if (input.name.starts_with("timeout/")) {
    if (!action->task_id().empty()) context_.cancelTask(action->task_id());
    const std::int64_t minutes = (given.deadline.milliseconds - action->started()) / 60000;
    apply(*live, *action, parseStored(action->progress_json()),
          ActionStep::fail("JobFailed", "The action " + action->name() + " did not end within " +
                                            std::to_string(minutes) + " minutes and timed out."));
    setJobStatus(*action, "TimedOut");
    return;
  }
  const ActionProvider* provider = findProvider(given.declaration["actionTypeId"]);
  if (provider == nullptr) return;
  base::Json progress = parseStored(action->progress_json());
  if (input.name.starts_with("resume/")) {
    const ActionStep step = provider->resumed(given, progress);
    apply(*live, *action, progress, step);
    return;
  }
  if (provider->work() == ActionProvider::Work::ByPoll) {
    // Whoever polls goes on by a job of its own, which has the token.
    setJobStatus(*action, "Succeeded");
    makeJob(*action, provider->work(), input.payload.stringAt("token"));
    putAction(context_.transaction(), *action);
    return;
  }
  if (!giveCredentials(*live, *action, given)) return;
  const ActionStep step = provider->continued(given, progress, input.payload.stringAt("token"));
  apply(*live, *action, progress, step);
}

void PipelineDecision::approval(const base::Json& payload) {
  auto action = runningAction(payload);
  if (!action) return;
  Live* live = findLive(action->execution_sequence());
  if (!action->task_id().empty()) context_.cancelTask(action->task_id());
  action->set_updated_by(payload.stringAt("by"));
  ActionReport report;
  report.summary = payload.stringAt("summary");
  const bool approved = payload.stringAt("status") == "Approved";
  if (!approved) action->set_summary(report.summary);
  if (!report.summary.empty()) report.variables = {{"approvalSummary", report.summary}};
  apply(*live, *action, {},
        approved ? ActionStep::succeed(report)
                 : ActionStep::fail("JobFailed",
                                    "Rejected by " + payload.stringAt("by") + ". Comment: " + report.summary, report));
}

void PipelineDecision::jobResult(const base::Json& payload) {
  auto action = runningAction(payload);
  if (!action) return;
  Live* live = findLive(action->execution_sequence());
  ActionReport report;
  report.summary = payload["details"].stringAt("summary");
  report.external_id = payload["details"].stringAt("externalExecutionId");
  if (payload["details"]["percentComplete"].isInt()) {
    action->set_has_percent(true);
    action->set_percent(payload["details"]["percentComplete"].asInt());
  }
  if (payload["variables"].isObject()) {
    for (const auto& [name, value] : payload["variables"].asObject())
      report.variables.emplace_back(name, value.asString());
  }
  if (payload["revision"].isObject()) {
    report.revision =
        ActionRevision{payload["revision"].stringAt("revision"), payload["revision"].stringAt("changeIdentifier"),
                       payload["revision"].stringAt("revisionSummary"), "", std::nullopt};
  }
  const base::Json progress = parseStored(action->progress_json());
  const std::string result = payload.stringAt("result");
  if (result == "continue") {
    apply(*live, *action, progress, ActionStep::wait(report));
    context_.scheduleTimer("continue/" + tag(*action), context_.now().plusMilliseconds(kContinueAfter),
                           base::Json::object({{"token", payload.stringAt("token")}}));
  } else if (result == "success") {
    apply(*live, *action, progress, ActionStep::succeed(report));
  } else {
    apply(*live, *action, progress, ActionStep::fail(payload.stringAt("code"), payload.stringAt("message"), report));
  }
}

}  // namespace thimble::services::codepipeline
