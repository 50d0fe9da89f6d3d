// What each type of state does once it is entered.
#include <algorithm>

#include "lang/asl/branch_context.h"
#include "lang/asl/interpreter.h"

namespace thimble::lang::asl {

using base::Json;

void Interpreter::doPass(Branch& branch) {
  const State& state = stateOf(branch);
  // A Pass without fields hands its input on, text and all.
  if (!state.result && !state.parameters && state.input_path.kind == PathField::Kind::Whole &&
      state.output_path.kind == PathField::Kind::Whole && state.result_path.kind != PathField::Kind::Place) {
    return exitTo(branch, branch.data, state.next);
  }
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  auto arguments = applyTemplate(state.parameters, input.value(), environment);
  if (!arguments.ok()) return fail(branch, std::move(arguments).error());
  auto placed =
      applyResultPath(state.result_path, branch.data.value(), state.result ? *state.result : arguments.value());
  if (!placed.ok()) return fail(branch, std::move(placed).error());
  auto output = applyPath(state.output_path, placed.value(), environment);
  if (!output.ok()) return fail(branch, std::move(output).error());
  exitTo(branch, Payload(std::move(output).value()), state.next);
}

// Succeed and Choice: InputPath, OutputPath, and where to go.
void Interpreter::doSimple(Branch& branch) {
  const State& state = stateOf(branch);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  int next = -1;
  if (state.type == StateType::Choice) {
    auto choice = chosen(state, input.value(), environment);
    if (!choice.ok()) return fail(branch, std::move(choice).error());
    next = choice.value();
  }
  if (state.input_path.kind == PathField::Kind::Whole && state.output_path.kind == PathField::Kind::Whole) {
    return exitTo(branch, branch.data, next);
  }
  auto output = applyPath(state.output_path, input.value(), environment);
  if (!output.ok()) return fail(branch, std::move(output).error());
  exitTo(branch, Payload(std::move(output).value()), next);
}

void Interpreter::doWait(Branch& branch) {
  const State& state = stateOf(branch);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  auto until = waitUntil(state, input.value(), host_.now, environment);
  if (!until.ok()) return fail(branch, std::move(until).error());
  ++branch.attempt;
  branch.phase = Phase::Waiting;
  decision_.timers.push_back({TimerKind::Wait, branch.id, branch.attempt, std::max(until.value(), host_.now)});
}

void Interpreter::doFail(Branch& branch) {
  const State& state = stateOf(branch);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  WorkflowError failure;
  auto read = readFailure(state, branch.data.value(), environment, failure);
  if (!read.ok()) return fail(branch, std::move(read).error());
  failBranch(branch, failure);
}

void Interpreter::doTask(Branch& branch) {
  const State& state = stateOf(branch);
  const Resource& resource = state.resource;
  ++branch.attempt;
  branch.started = branch.submitted = false;
  branch.token.clear();
  branch.work_id.clear();
  if (resource.kind == Resource::Kind::Activity || resource.pattern == Resource::Pattern::WaitForTaskToken) {
    branch.token = host_.make_token(branch.id, branch.attempt);
  }
  // 1. The task's input and limits.
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  auto parameters = applyTemplate(state.parameters, input.value(), environment);
  if (!parameters.ok()) return fail(branch, std::move(parameters).error());
  auto timeout = readCount(state.timeout_seconds, "TimeoutSeconds", input.value(), environment);
  if (!timeout.ok()) return fail(branch, std::move(timeout).error());
  auto heartbeat = readCount(state.heartbeat_seconds, "HeartbeatSeconds", input.value(), environment);
  if (!heartbeat.ok()) return fail(branch, std::move(heartbeat).error());
  TaskRequest task;
  if (state.credentials_role.value) task.role = *state.credentials_role.value;
  if (state.credentials_role.path) {
    auto role = state.credentials_role.path->evaluate(input.value(), environment, "RoleArn.$");
    if (!role.ok()) return fail(branch, std::move(role).error());
    if (!role.value().isString())
      return fail(branch, WorkflowError::runtime("The Credentials field 'RoleArn.$' must be a string."));
    task.role = role.value().asString();
  }
  task.parameters = !state.parameters && state.input_path.kind == PathField::Kind::Whole
                        ? branch.data
                        : Payload(std::move(parameters).value());
  if (!task.parameters.fits()) {
    return fail(branch, {kDataLimitExceeded,
                         "The state/task '" + state.name +
                             "' was given an input with a size exceeding the maximum number of bytes service limit."});
  }
  if (host_.admit_task) {
    if (auto refused = host_.admit_task(state, task.parameters)) return fail(branch, *std::move(refused));
  }
  // 2. The event, the timers, the task itself.
  const EventType type = resource.kind == Resource::Kind::Lambda     ? EventType::LambdaFunctionScheduled
                         : resource.kind == Resource::Kind::Activity ? EventType::ActivityScheduled
                                                                     : EventType::TaskScheduled;
  if (HistoryEvent* event = emitOn(branch, type)) {
    event->input = task.parameters.text();
    event->timeout = timeout.value();
    event->heartbeat = heartbeat.value();
    event->role = task.role;
    if (type == EventType::TaskScheduled) {
      event->resource = resource.eventResource();
      event->resource_type = resource.eventType();
      event->region = identity_.region;
    } else {
      event->resource = resource.arn;
    }
  }
  branch.phase = Phase::Task;
  if (timeout.value()) {
    decision_.timers.push_back(
        {TimerKind::TaskTimeout, branch.id, branch.attempt, host_.now + *timeout.value() * 1000});
  }
  branch.heartbeat_seconds = heartbeat.value().value_or(0);
  if (branch.heartbeat_seconds > 0) {
    branch.heartbeat_deadline = host_.now + branch.heartbeat_seconds * 1000;
    decision_.timers.push_back({TimerKind::Heartbeat, branch.id, branch.attempt, branch.heartbeat_deadline});
  }
  task.branch = branch.id;
  task.attempt = branch.attempt;
  task.state = &state;
  task.token = branch.token;
  decision_.tasks.push_back(std::move(task));
}

}  // namespace thimble::lang::asl
