#include "dispatch/process.h"

#include "base/json_binary.h"
#include "dispatch/call_record.h"
#include "dispatch/kernel.h"
#include "dispatch/kernel_tables.h"

namespace thimble::dispatch {

ProcessContext::ProcessContext(Kernel& kernel, store::Transaction& transaction, ProcessReference self)
    : kernel_(kernel), transaction_(transaction), self_(std::move(self)) {}

base::Timestamp ProcessContext::now() const {
  return kernel_.environment().clock.now();
}
platform::Random& ProcessContext::random() {
  return kernel_.environment().random;
}

std::string ProcessContext::scheduleCall(const Call& call, std::string_view tag) {
  const std::string task_id = random().uuid();
  rows::TaskRecord task;
  task.set_process_kind(self_.kind);
  task.set_process_id(self_.id);
  task.set_tag(std::string(tag));
  *task.mutable_call() = toRecord(call);
  kTasks.put(transaction_, task, task_id);
  kernel_.taskScheduled(transaction_, task_id, self_);
  return task_id;
}

void ProcessContext::cancelTask(const std::string& task_id) {
  kTasks.erase(transaction_, task_id);
}

void ProcessContext::scheduleContinue(const base::Json& payload, std::string_view tag) {
  const std::string task_id = random().uuid();
  rows::TaskRecord task;
  task.set_process_kind(self_.kind);
  task.set_process_id(self_.id);
  task.set_tag(std::string(tag));
  task.set_payload(base::encodeJsonBinary(payload));
  kTasks.put(transaction_, task, task_id);
  kernel_.taskScheduled(transaction_, task_id, self_);
}

void ProcessContext::scheduleTimer(std::string_view name, base::Timestamp due, const base::Json& payload) {
  cancelTimer(name);
  rows::TimerRecord timer;
  timer.set_payload(base::encodeJsonBinary(payload));
  rows::TimerLookupRecord lookup;
  lookup.set_due(due.milliseconds);
  kTimers.put(transaction_, timer, due.milliseconds, self_.kind, self_.id, name);
  kTimerLookup.put(transaction_, lookup, self_.kind, self_.id, name);
  kernel_.timerScheduled(transaction_, due);
}

void ProcessContext::cancelTimer(std::string_view name) {
  const auto lookup = kTimerLookup.get(transaction_, self_.kind, self_.id, name);
  if (!lookup) return;
  kTimers.erase(transaction_, lookup->due(), self_.kind, self_.id, name);
  kTimerLookup.erase(transaction_, self_.kind, self_.id, name);
}

void ProcessContext::start(const ProcessReference& process, const base::Json& payload) {
  ProcessInput input;
  input.type = ProcessInput::Type::Start;
  input.payload = payload;
  kernel_.decide(transaction_, process, input);
}

void ProcessContext::signal(const ProcessReference& process, const base::Json& payload) {
  ProcessInput input;
  input.type = ProcessInput::Type::Signal;
  input.payload = payload;
  kernel_.decide(transaction_, process, input);
}

void ProcessContext::complete(const base::Json& reply) {
  kernel_.complete(transaction_, self_, reply);
}

}  // namespace thimble::dispatch
