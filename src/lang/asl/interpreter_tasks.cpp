// What becomes of scheduled tasks.
#include "lang/asl/interpreter.h"

namespace thimble::lang::asl {

using base::Json;

Branch* Interpreter::awaiting(std::uint64_t id, std::uint64_t attempt) {
  if (!running()) return nullptr;
  Branch* branch = rows_.branch(id);
  return branch != nullptr && branch->phase == Phase::Task && branch->attempt == attempt ? branch : nullptr;
}

void Interpreter::ensureStarted(Branch& branch) {
  if (branch.started) return;
  branch.started = true;
  const Resource& resource = stateOf(branch).resource;
  if (resource.kind == Resource::Kind::Lambda) {
    emitOn(branch, EventType::LambdaFunctionStarted);
  } else if (resource.kind == Resource::Kind::Activity) {
    emitOn(branch, EventType::ActivityStarted);
  } else if (HistoryEvent* event = emitOn(branch, EventType::TaskStarted)) {
    event->resource = resource.eventResource();
    event->resource_type = resource.eventType();
  }
}

void Interpreter::emitTaskEnd(Branch& branch, EventType lambda, EventType activity, EventType task,
                              const SharedText& output, const WorkflowError* error) {
  const Resource& resource = stateOf(branch).resource;
  const EventType type = resource.kind == Resource::Kind::Lambda     ? lambda
                         : resource.kind == Resource::Kind::Activity ? activity
                                                                     : task;
  HistoryEvent* event = emitOn(branch, type);
  if (event == nullptr) return;
  event->output = output;
  if (type == task) {
    event->resource = resource.eventResource();
    event->resource_type = resource.eventType();
  }
  if (error != nullptr) {
    event->error = error->error;
    event->cause = error->cause;
  }
}

void Interpreter::taskStarted(std::uint64_t id, std::uint64_t attempt, const std::string& worker) {
  Branch* branch = awaiting(id, attempt);
  if (branch == nullptr || branch->started) return;
  ensureStarted(*branch);
  if (!worker.empty() && !decision_.events.empty()) decision_.events.back().name = worker;
  // An activity's heartbeat counts from when a worker has it.
  if (branch->heartbeat_seconds > 0 && stateOf(*branch).resource.kind == Resource::Kind::Activity)
    heartbeat(id, attempt);
}

void Interpreter::taskSubmitted(std::uint64_t id, std::uint64_t attempt, Payload output) {
  Branch* branch = awaiting(id, attempt);
  if (branch == nullptr || branch->submitted) return;
  if (!output.fits()) return taskSucceeded(id, attempt, std::move(output));
  ensureStarted(*branch);
  branch->submitted = true;
  if (HistoryEvent* event = emitOn(*branch, EventType::TaskSubmitted)) {
    const Resource& resource = stateOf(*branch).resource;
    event->resource = resource.eventResource();
    event->resource_type = resource.eventType();
    event->output = output.text();
  }
}

void Interpreter::taskSucceeded(std::uint64_t id, std::uint64_t attempt, Payload output) {
  Branch* branch = awaiting(id, attempt);
  if (branch == nullptr) return;
  if (!output.fits()) {
    const State& state = stateOf(*branch);
    const std::string name =
        state.resource.kind == Resource::Kind::Optimized || state.resource.kind == Resource::Kind::AwsSdk
            ? state.resource.eventType()
            : state.name;
    return taskFailed(id, attempt,
                      {kDataLimitExceeded,
                       "The state/task '" + name +
                           "' returned a result with a size exceeding the maximum number of bytes service limit."});
  }
  ensureStarted(*branch);
  cancelWork(*branch);
  emitTaskEnd(*branch, EventType::LambdaFunctionSucceeded, EventType::ActivitySucceeded, EventType::TaskSucceeded,
              output.text(), nullptr);
  branch->phase = Phase::Attempt;
  branch->token.clear();
  completeState(*branch, output.value());
  runReady();
}

void Interpreter::taskFailed(std::uint64_t id, std::uint64_t attempt, WorkflowError error) {
  Branch* branch = awaiting(id, attempt);
  if (branch == nullptr) return;
  cancelWork(*branch);
  // An error of the interpreter itself is the execution's, not the task's.
  if (!error.isFatal()) {
    ensureStarted(*branch);
    emitTaskEnd(*branch, EventType::LambdaFunctionFailed, EventType::ActivityFailed, EventType::TaskFailed, nullptr,
                &error);
  }
  branch->phase = Phase::Attempt;
  branch->token.clear();
  fail(*branch, std::move(error));
  runReady();
}

void Interpreter::taskTimedOut(Branch& branch, bool heartbeat) {
  WorkflowError error{kTimeout, std::nullopt};
  error.heartbeat = heartbeat;
  if (stateOf(branch).resource.kind != Resource::Kind::Activity) ensureStarted(branch);
  cancelWork(branch);
  emitTaskEnd(branch, EventType::LambdaFunctionTimedOut, EventType::ActivityTimedOut, EventType::TaskTimedOut, nullptr,
              &error);
  branch.phase = Phase::Attempt;
  branch.token.clear();
  fail(branch, std::move(error));
}

void Interpreter::heartbeat(std::uint64_t id, std::uint64_t attempt) {
  Branch* branch = awaiting(id, attempt);
  if (branch == nullptr || branch->heartbeat_seconds == 0) return;
  branch->heartbeat_deadline = host_.now + branch->heartbeat_seconds * 1000;
}

void Interpreter::cancelWork(const Branch& branch) {
  if (branch.phase == Phase::Task || branch.phase == Phase::Waiting || branch.phase == Phase::Retrying) {
    decision_.cancellations.push_back({branch.id, branch.attempt, branch.token, branch.work_id, branch.phase});
  }
}

}  // namespace thimble::lang::asl
