#include "services/states/execution_process.h"

#include <charconv>

#include "base/arn.h"
#include "services/states/execution_rows.h"
#include "services/states/integration.h"
#include "services/states/names.h"
#include "services/states/status_events.h"

namespace thimble::services::states {

using base::Json;
using dispatch::ProcessContext;
using dispatch::ProcessInput;
using lang::asl::Payload;
using lang::asl::Resource;
using lang::asl::TimerKind;
using lang::asl::WorkflowError;

namespace {

constexpr const char* kExecutionTimer = "execution";

/// "kind/branch/attempt/rest": timers' names and tasks' tags.
struct Tag {
  std::string kind;
  std::uint64_t branch = 0, attempt = 0;
  std::string rest;
};

std::string tagText(std::string_view kind, std::uint64_t branch, std::uint64_t attempt, std::string_view rest = {}) {
  std::string out = std::string(kind) + "/" + std::to_string(branch) + "/" + std::to_string(attempt);
  if (!rest.empty()) out += "/" + std::string(rest);
  return out;
}

Tag parseTag(std::string_view text) {
  Tag out;
  const auto part = [&text] {
    const std::size_t slash = text.find('/');
    const std::string_view piece = text.substr(0, slash);
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
    return piece;
  };
  const auto number = [](std::string_view piece) {
    std::uint64_t value = 0;
    std::from_chars(piece.data(), piece.data() + piece.size(), value);
    return value;
  };
  out.kind = std::string(part());
  out.branch = number(part());
  out.attempt = number(part());
  out.rest = std::string(text);
  return out;
}

constexpr TimerKind kTimerKinds[] = {TimerKind::Wait, TimerKind::Retry, TimerKind::TaskTimeout, TimerKind::Heartbeat};

bool isSync(const Resource& resource) {
  return resource.pattern == Resource::Pattern::Sync || resource.pattern == Resource::Pattern::Sync2;
}

}  // namespace

/// What belongs together in one decision.
struct ExecutionProcess::Decided {
  ProcessContext& context;
  rows::Execution row;
  lang::asl::DefinitionPtr definition;
  lang::asl::ExecutionIdentity identity;
  lang::asl::Header header;
  bool unawaited;  ///< See rows::Header.
  ExecutionRows rows;
  lang::asl::Workspace workspace;
  RandomEntropy entropy;
  lang::asl::Host host;
  lang::asl::Interpreter interpreter;

  Decided(ProcessContext& process, rows::Execution execution, lang::asl::DefinitionPtr compiled,
          const rows::Header& header_row)
      : context(process),
        row(std::move(execution)),
        definition(std::move(compiled)),
        identity(identityOf(row)),
        header(headerOf(header_row)),
        unawaited(header_row.unawaited()),
        rows(process.transaction(), row.arn(), header.last_id),
        workspace(&rows),
        entropy(process.random()),
        host{.now = process.now().milliseconds, .entropy = entropy, .make_token = {}, .admit_task = {}},
        interpreter(*definition, identity, header, workspace, host) {
    host.make_token = [&process](std::uint64_t, std::uint64_t) { return makeToken(process.random()); };
    host.admit_task = [&process](const lang::asl::State& state, const Payload& parameters) {
      return refuseTask(process.transaction(), state, parameters);
    };
  }
  Decided(const Decided&) = delete;
};

std::uint64_t RandomEntropy::next() {
  const std::string bytes = random_.bytes(8);
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

std::string sessionName(const std::string& execution_name) {
  std::string out;
  for (const char c : execution_name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    out += plain ? c : '-';
  }
  out.resize(std::min<std::size_t>(out.size(), 64));
  return out.size() < 2 ? out + "--" : out;
}

std::optional<WorkflowError> refuseTask(store::Transaction& transaction, const lang::asl::State& state,
                                        const Payload& parameters) {
  if (state.resource.kind == Resource::Kind::Activity) {
    const auto arn = parseActivityArn(state.resource.arn);
    if (arn.ok() && kActivities.has(transaction, arn.value().account, arn.value().region, arn.value().name))
      return std::nullopt;
    return WorkflowError::runtime("The activity " + state.resource.arn + " does not exist.");
  }
  auto call = callOf(state.resource, parameters.value());
  if (!call.ok()) return std::move(call).error();
  if (isSync(state.resource) && state.resource.service != "states") {
    return WorkflowError::runtime("The service integration '" + state.resource.eventType() + ":" +
                                  state.resource.eventResource() + "' is not implemented by this server.");
  }
  return std::nullopt;
}

void ExecutionProcess::decide(ProcessContext& context, const ProcessInput& input) {
  auto& transaction = context.transaction();
  const std::string& arn = context.self().id;
  const auto header = kHeaders.get(transaction, arn);
  if (!header || static_cast<lang::asl::ExecutionStatus>(header->status()) != lang::asl::ExecutionStatus::Running)
    return;
  auto row = kExecutions.get(transaction, arn);
  if (!row) return;
  auto definition = definitions_.get(transaction, row->definition_hash());
  Decided decided(context, *std::move(row), std::move(definition), *header);
  feed(decided, input);
  apply(decided);
}

void ExecutionProcess::feed(Decided& decided, const ProcessInput& input) {
  lang::asl::Interpreter& interpreter = decided.interpreter;
  switch (input.type) {
    case ProcessInput::Type::Start:
      if (decided.definition->timeout_seconds) {
        decided.context.scheduleTimer(kExecutionTimer,
                                      {decided.host.now + *decided.definition->timeout_seconds * 1000});
      }
      return interpreter.start();
    case ProcessInput::Type::Continue:
      return interpreter.resume();
    case ProcessInput::Type::Timer: {
      if (input.name == kExecutionTimer) return interpreter.timeOut();
      const Tag tag = parseTag(input.name);
      for (const TimerKind kind : kTimerKinds) {
        if (tag.kind == lang::asl::timerName(kind)) interpreter.timer(kind, tag.branch, tag.attempt);
      }
      return;
    }
    case ProcessInput::Type::TaskStarted: {
      const Tag tag = parseTag(input.name);
      return interpreter.taskStarted(tag.branch, tag.attempt);
    }
    case ProcessInput::Type::WorkerLost: {
      const Tag tag = parseTag(input.name);
      const lang::asl::Branch* branch = decided.workspace.branch(tag.branch);
      if (branch == nullptr || !interpreter.awaits(tag.branch, tag.attempt)) return;
      const std::string& service = decided.definition->states[static_cast<std::size_t>(branch->state)].resource.service;
      return interpreter.taskFailed(
          tag.branch, tag.attempt,
          {service == "lambda" ? "Lambda.Unknown" : lang::asl::kTaskFailed,
           "The server ended while this task was running; whether the task had an effect is unknown."});
    }
    case ProcessInput::Type::TaskResult:
      return taskResult(decided, input);
    case ProcessInput::Type::Signal:
      return signal(decided, input.payload);
  }
}

void ExecutionProcess::taskResult(Decided& decided, const ProcessInput& input) {
  const Tag tag = parseTag(input.name);
  lang::asl::Interpreter& interpreter = decided.interpreter;
  if (!input.outcome || !interpreter.awaits(tag.branch, tag.attempt)) return;
  lang::asl::Branch* branch = decided.workspace.branch(tag.branch);
  branch->work_id.clear();
  const lang::asl::State& state = decided.definition->states[static_cast<std::size_t>(branch->state)];
  auto result = resultOf(state.resource, *input.outcome, tag.rest, {decided.host.now});
  if (!result.ok()) return interpreter.taskFailed(tag.branch, tag.attempt, std::move(result).error());
  if (state.resource.pattern == Resource::Pattern::RequestResponse) {
    return interpreter.taskSucceeded(tag.branch, tag.attempt, Payload(std::move(result).value()));
  }
  interpreter.taskSubmitted(tag.branch, tag.attempt, Payload(std::move(result).value()));
  if (isSync(state.resource))
    awaitChild(decided, tag.branch, tag.attempt, input.outcome->value().output.stringAt("executionArn"));
}

void ExecutionProcess::awaitChild(Decided& decided, std::uint64_t branch, std::uint64_t attempt,
                                  const std::string& child_arn) {
  auto& transaction = decided.context.transaction();
  auto child = kHeaders.get(transaction, child_arn);
  if (!child || static_cast<lang::asl::ExecutionStatus>(child->status()) != lang::asl::ExecutionStatus::Running) {
    return childEnded(decided, branch, attempt, child_arn);
  }
  if (child->unawaited()) {
    child->set_unawaited(false);
    kHeaders.put(transaction, *child, child_arn);
  }
  rows::Waiter waiter;
  waiter.set_execution_arn(decided.identity.arn);
  waiter.set_branch(branch);
  waiter.set_attempt(attempt);
  kWaiters.put(transaction, waiter, child_arn, decided.identity.arn, static_cast<std::int64_t>(branch));
  if (lang::asl::Branch* waiting = decided.workspace.branch(branch)) waiting->work_id = child_arn;
}

void ExecutionProcess::childEnded(Decided& decided, std::uint64_t branch_id, std::uint64_t attempt,
                                  const std::string& child_arn) {
  if (!decided.interpreter.awaits(branch_id, attempt)) return;
  auto& transaction = decided.context.transaction();
  const auto execution = kExecutions.get(transaction, child_arn);
  const auto header_row = kHeaders.get(transaction, child_arn);
  if (!execution || !header_row) {
    return decided.interpreter.taskFailed(branch_id, attempt,
                                          {lang::asl::kTaskFailed, "The execution " + child_arn + " is gone."});
  }
  const lang::asl::Branch* branch = decided.workspace.branch(branch_id);
  const bool parsed =
      decided.definition->states[static_cast<std::size_t>(branch->state)].resource.pattern == Resource::Pattern::Sync2;
  const lang::asl::Header header = headerOf(*header_row);
  const auto data = [parsed](const std::string& text) { return parsed ? Payload::ofText(text).value() : Json(text); };
  const bool succeeded = header.status == lang::asl::ExecutionStatus::Succeeded;
  Json out = Json::object();
  if (header.cause) out.set("Cause", Json(*header.cause));
  if (header.error) out.set("Error", Json(*header.error));
  out.set("ExecutionArn", Json(child_arn));
  out.set("Input", data(execution->input()));
  out.set("InputDetails", Json::object({{"Included", Json(true)}}));
  out.set("Name", Json(execution->name()));
  if (succeeded) {
    out.set("Output", data(*header.output.text()));
    out.set("OutputDetails", Json::object({{"Included", Json(true)}}));
  }
  out.set("StartDate", Json(execution->start_time()));
  out.set("StateMachineArn", Json(execution->machine_arn()));
  out.set("Status", Json(lang::asl::statusName(header.status)));
  out.set("StopDate", Json(header.stop_time));
  if (succeeded) {
    decided.interpreter.taskSucceeded(branch_id, attempt, Payload(std::move(out)));
  } else {
    decided.interpreter.taskFailed(branch_id, attempt, {lang::asl::kTaskFailed, lang::asl::writeJson(out)});
  }
}

void ExecutionProcess::signal(Decided& decided, const Json& payload) {
  lang::asl::Interpreter& interpreter = decided.interpreter;
  const std::string type = payload.stringAt("type");
  const auto branch = static_cast<std::uint64_t>(payload["branch"].isInt() ? payload["branch"].asInt() : 0);
  const auto attempt = static_cast<std::uint64_t>(payload["attempt"].isInt() ? payload["attempt"].asInt() : 0);
  const auto optional = [&payload](const char* name) {
    return payload[name].isString() ? std::optional<std::string>(payload[name].asString()) : std::nullopt;
  };
  if (type == "stop") return interpreter.stop(optional("error"), optional("cause"));
  if (type == "succeed") return interpreter.taskSucceeded(branch, attempt, Payload::ofText(payload.stringAt("output")));
  if (type == "fail") return interpreter.taskFailed(branch, attempt, {optional("error"), optional("cause")});
  if (type == "heartbeat") return interpreter.heartbeat(branch, attempt);
  if (type == "started") return interpreter.taskStarted(branch, attempt, payload.stringAt("worker"));
  if (type == "child") return childEnded(decided, branch, attempt, payload.stringAt("arn"));
}

void ExecutionProcess::apply(Decided& decided) {
  auto& transaction = decided.context.transaction();
  const lang::asl::Decision decision = decided.interpreter.take();
  for (const lang::asl::Cancellation& work : decision.cancellations) {
    if (work.work_id.compare(0, 4, "arn:") == 0) {
      // A child execution ends with the task that waits for it; one that has ended takes no notice.
      kWaiters.erase(transaction, work.work_id, decided.identity.arn, static_cast<std::int64_t>(work.branch));
      decided.context.signal({kExecutionKind, work.work_id}, Json::object({{"type", "stop"}}));
    } else if (!work.work_id.empty()) {
      decided.context.cancelTask(work.work_id);
    }
    if (!work.token.empty()) {
      if (const auto token = kTokens.get(transaction, work.token)) {
        for (const auto& entry : kActivityTasks.scan(transaction, {}, token->activity_arn())) {
          if (entry.record.token() == work.token) transaction.erase(entry.key);
        }
        kTokens.erase(transaction, work.token);
      }
    }
    switch (work.phase) {
      case lang::asl::Phase::Waiting:
        decided.context.cancelTimer(tagText("wait", work.branch, work.attempt));
        break;
      case lang::asl::Phase::Retrying:
        decided.context.cancelTimer(tagText("retry", work.branch, work.attempt));
        break;
      default:
        decided.context.cancelTimer(tagText("timeout", work.branch, work.attempt));
        decided.context.cancelTimer(tagText("heartbeat", work.branch, work.attempt));
        break;
    }
  }
  for (const lang::asl::TimerRequest& timer : decision.timers) {
    decided.context.scheduleTimer(tagText(lang::asl::timerName(timer.kind), timer.branch, timer.attempt), {timer.due});
  }
  if (!decision.finished) {
    for (const lang::asl::TaskRequest& task : decision.tasks) schedule(decided, task);
  }
  if (decision.more) decided.context.scheduleContinue();
  decided.rows.append(decision.events);
  decided.rows.save(decided.workspace);
  rows::Header header = rowOf(decided.header);
  header.set_unawaited(decided.unawaited);
  kHeaders.put(transaction, header, decided.identity.arn);
  if (decision.finished) finish(decided);
}

void ExecutionProcess::schedule(Decided& decided, const lang::asl::TaskRequest& task) {
  // The branch may have been aborted by a later step of the same decision.
  if (!decided.interpreter.awaits(task.branch, task.attempt)) return;
  auto& transaction = decided.context.transaction();
  const Resource& resource = task.state->resource;
  if (!task.token.empty()) {
    rows::Token token;
    token.set_execution_arn(decided.identity.arn);
    token.set_branch(task.branch);
    token.set_attempt(task.attempt);
    if (resource.kind == Resource::Kind::Activity) token.set_activity_arn(resource.arn);
    kTokens.put(transaction, token, task.token);
  }
  if (resource.kind == Resource::Kind::Activity) {
    rows::ActivityTask row;
    row.set_execution_arn(decided.identity.arn);
    row.set_branch(task.branch);
    row.set_attempt(task.attempt);
    row.set_token(task.token);
    row.set_input(*task.parameters.text());
    kActivityTasks.put(transaction, row, resource.arn, decided.host.now, task.token);
    transaction.onCommitted([this, arn = resource.arn] { activity_task_added_(arn); });
    return;
  }
  auto call = callOf(resource, task.parameters.value());
  if (!call.ok()) throw std::logic_error("a task was scheduled that cannot be");
  dispatch::Call made = std::move(call).value();
  made.account = decided.row.account();
  made.region = decided.identity.region;
  made.role = dispatch::RoleToAssume{task.role.empty() ? decided.identity.role_arn : task.role, "states.amazonaws.com",
                                     sessionName(decided.identity.name)};
  made.source_arn = decided.identity.machine_arn;
  made.request_id = decided.context.random().uuid();
  const std::string id =
      decided.context.scheduleCall(made, tagText("task", task.branch, task.attempt, made.request_id));
  if (lang::asl::Branch* branch = decided.workspace.branch(task.branch)) branch->work_id = id;
}

void ExecutionProcess::finish(Decided& decided) {
  auto& transaction = decided.context.transaction();
  const std::string& arn = decided.identity.arn;
  if (decided.definition->timeout_seconds) decided.context.cancelTimer(kExecutionTimer);
  rows::Listed listed;
  listed.set_arn(arn);
  listed.set_status(static_cast<int>(decided.header.status));
  listed.set_start_time(decided.identity.start_time);
  listed.set_stop_time(decided.header.stop_time);
  listed.set_version_arn(decided.identity.version_arn);
  listed.set_alias_arn(decided.identity.alias_arn);
  kListed.put(transaction, listed, decided.identity.machine_arn, -decided.identity.start_time, decided.identity.name);
  emitStatus(decided.context, decided.row, decided.header);
  if (!decided.unawaited) {
    for (const auto& entry : kWaiters.scan(transaction, {}, arn)) {
      transaction.erase(entry.key);
      decided.context.signal({kExecutionKind, entry.record.execution_arn()},
                             Json::object({{"type", "child"},
                                           {"branch", static_cast<std::int64_t>(entry.record.branch())},
                                           {"attempt", static_cast<std::int64_t>(entry.record.attempt())},
                                           {"arn", arn}}));
    }
  }
  decided.context.complete(Json::object({{"status", Json(lang::asl::statusName(decided.header.status))}}));
}

}  // namespace thimble::services::states
