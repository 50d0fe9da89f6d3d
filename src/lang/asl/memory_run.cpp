#include "lang/asl/memory_run.h"

#include <deque>
#include <map>

namespace thimble::lang::asl {

MemoryRun runInMemory(const DefinitionPtr& definition, Payload input, const TaskFunction& task, bool express,
                      std::size_t events_at_a_time) {
  constexpr std::int64_t kStart = 1'700'000'000'000;
  MemoryRun run;
  run.identity.arn = "arn:aws:states:us-east-1:123456789012:execution:machine:run";
  run.identity.name = "run";
  run.identity.machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
  run.identity.machine_name = "machine";
  run.identity.role_arn = "arn:aws:iam::123456789012:role/role";
  run.identity.region = "us-east-1";
  run.identity.start_time = kStart;
  run.identity.input = std::move(input);
  run.identity.express = express;

  SeededEntropy entropy(1);
  Host host{
      .now = kStart, .entropy = entropy, .make_token = {}, .admit_task = {}, .events_at_a_time = events_at_a_time};
  host.make_token = [](std::uint64_t branch, std::uint64_t attempt) {
    return "token-" + std::to_string(branch) + "-" + std::to_string(attempt);
  };
  Workspace rows;
  Interpreter interpreter(*definition, run.identity, run.header, rows, host);
  std::multimap<std::int64_t, TimerRequest> timers;
  std::deque<TaskRequest> tasks;
  const auto settle = [&] {
    while (true) {
      Decision decision = interpreter.take();
      ++run.decisions;
      for (HistoryEvent& event : decision.events) run.events.push_back(std::move(event));
      for (const TimerRequest& timer : decision.timers) timers.emplace(timer.due, timer);
      for (TaskRequest& request : decision.tasks) tasks.push_back(std::move(request));
      if (!decision.more) return;
      interpreter.resume();
    }
  };
  interpreter.start();
  settle();
  while (run.header.status == ExecutionStatus::Running) {
    if (!tasks.empty()) {
      const TaskRequest request = std::move(tasks.front());
      tasks.pop_front();
      interpreter.taskStarted(request.branch, request.attempt);
      TaskOutcome outcome = task ? task(request) : TaskOutcome();
      if (auto* output = std::get_if<base::Json>(&outcome)) {
        interpreter.taskSucceeded(request.branch, request.attempt, Payload(std::move(*output)));
      } else if (auto* error = std::get_if<WorkflowError>(&outcome)) {
        interpreter.taskFailed(request.branch, request.attempt, std::move(*error));
      }
    } else if (!timers.empty()) {
      const TimerRequest timer = timers.begin()->second;
      timers.erase(timers.begin());
      host.now = std::max(host.now, timer.due);
      interpreter.timer(timer.kind, timer.branch, timer.attempt);
    } else {
      break;
    }
    settle();
  }
  run.ended_at = host.now - kStart;
  return run;
}

}  // namespace thimble::lang::asl
