// How invocations and instances end, and what of it is logged.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

#include "services/lambda/runtime/pool_loop.h"
#include "services/lambda/runtime/runtime_errors.h"

namespace thimble::services::lambda::runtime {
namespace {

constexpr std::size_t kFlushLogBytes = 256 * 1024;

std::string fixed(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

void Pool::Loop::finish(Instance& instance, InvocationResult::Kind kind, std::string payload,
                        const std::string& status) {
  readOutput(instance);
  PendingInvocation current = std::move(*instance.current);
  instance.current.reset();
  instance.state = Instance::State::Between;
  // A runtime that never asks again is ended with the idle.
  instance.deadline = Steady::now() + std::chrono::milliseconds(options_.idle_milliseconds);
  report(instance, current.invocation.request_id, millisecondsSince(instance.invoked), status);
  current.done({kind, std::move(payload), instance.log.tail()});
  flushLog(instance);
}

void Pool::Loop::failPending(Instance& instance, InvocationResult::Kind kind, const std::string& payload,
                             const std::string& status) {
  if (!instance.pending) {
    readOutput(instance);
    flushLog(instance);
    return;
  }
  const std::string request_id = instance.pending->invocation.request_id;
  instance.log.begin();
  readOutput(instance);
  instance.log.line("START RequestId: " + request_id + " Version: " + instance.image->version, clock_.now());
  instance.init_milliseconds = -1;
  report(instance, request_id, millisecondsSince(instance.started), status);
  PendingInvocation pending = std::move(*instance.pending);
  instance.pending.reset();
  InvocationResult result{kind, payload, instance.log.tail()};
  flushLog(instance);
  pending.done(std::move(result));
}

void Pool::Loop::report(Instance& instance, const std::string& request_id, double milliseconds,
                        const std::string& status) {
  const base::Timestamp now = clock_.now();
  instance.log.end(now);
  instance.log.line("END RequestId: " + request_id, now);
  double billed = milliseconds;
  std::string text = "REPORT RequestId: " + request_id + "\tDuration: " + fixed(milliseconds) + " ms\t";
  if (instance.init_milliseconds >= 0) billed += instance.init_milliseconds;
  text += "Billed Duration: " + std::to_string(static_cast<std::int64_t>(std::ceil(billed))) +
          " ms\tMemory Size: " + std::to_string(instance.image->memory_megabytes) +
          " MB\tMax Memory Used: " + std::to_string(std::max<std::int64_t>(sandboxMemory(instance), 1)) + " MB\t";
  if (instance.init_milliseconds >= 0) text += "Init Duration: " + fixed(instance.init_milliseconds) + " ms\t";
  instance.init_milliseconds = -1;
  if (!status.empty()) text += "Status: " + status;
  instance.log.line(text, now);
}

std::int64_t Pool::Loop::sandboxMemory(const Instance& instance) const {
  return static_cast<std::int64_t>(sandbox_.peakMemory(instance.box) >> 20);
}

void Pool::Loop::flushLog(Instance& instance) {
  std::vector<LogLine> lines = instance.log.take();
  if (!lines.empty() && log_) log_(instance.image, instance.log_stream, std::move(lines));
}

void Pool::Loop::readOutput(Instance& instance) {
  if (instance.output < 0) return;
  char buffer[64 * 1024];
  // A bounded number of pieces, so that one loud instance does not hold up the others.
  for (int i = 0; i < 16; ++i) {
    const ssize_t size = ::read(instance.output, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    if (size == 0) {
      close(instance.output);
      instance.output = -1;
      break;
    }
    instance.log.append({buffer, static_cast<std::size_t>(size)}, clock_.now());
    if (static_cast<std::size_t>(size) < sizeof buffer) break;
  }
  if (instance.log.size() > kFlushLogBytes) flushLog(instance);
}

void Pool::Loop::end(Instance& instance) {
  if (instance.state == Instance::State::Ended) return;
  instance.state = Instance::State::Ended;
  instance.deadline = Steady::time_point::max();
  sandbox_.kill(instance.box);
}

void Pool::Loop::ended(std::uint64_t id, const sandbox::BoxOutcome& outcome) {
  const auto found = instances_.find(id);
  if (found == instances_.end()) return;
  Instance& instance = *found->second;
  if (instance.spare || instance.completing) return spareEnded(id);
  readOutput(instance);
  const bool ours = outcome.kind == sandbox::BoxOutcome::Kind::SetupFailed;
  const bool missing = outcome.kind == sandbox::BoxOutcome::Kind::ExecFailed;
  if (instance.current) {
    const std::string request_id = instance.current->invocation.request_id;
    const std::string message = runtimeExited(outcome);
    instance.log.line("RequestId: " + request_id + " Error: " + message, clock_.now());
    finish(instance, InvocationResult::Kind::FunctionError,
           runtimeErrorPayload("Runtime.ExitError", request_id, message), "error\tError Type: Runtime.ExitError");
  }
  // Whoever kills a box here has answered what it was started for: a killed one ended with the spawner. Once, the
  // invocation goes to an instance of the next spawner.
  const bool lost = instance.pending && !instance.pending->lost && outcome.kind == sandbox::BoxOutcome::Kind::Killed;
  if (instance.pending && ours) {
    failPending(instance, InvocationResult::Kind::CannotStart, outcome.message, "error");
  } else if (instance.pending && (instance.asked || lost)) {
    // It died after an answer: the invocation that it was to get next was not begun, and goes to another.
    PendingInvocation moved = std::move(*instance.pending);
    moved.lost = moved.lost || lost;
    const std::shared_ptr<const Image> image = instance.image;
    remove(id);
    startInstance(image).pending = std::move(moved);
    return;
  } else if (instance.pending) {
    const std::string request_id = instance.pending->invocation.request_id;
    const std::string type = missing ? "Runtime.InvalidEntrypoint" : "Runtime.ExitError";
    const std::string message =
        missing ? "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" : runtimeExited(outcome);
    instance.log.line("RequestId: " + request_id + " Error: " + message, clock_.now());
    failPending(instance, InvocationResult::Kind::FunctionError, runtimeErrorPayload(type, request_id, message),
                "error\tError Type: " + type);
  }
  instance.log.end(clock_.now());
  flushLog(instance);
  remove(id);
}

void Pool::Loop::remove(std::uint64_t id) {
  const auto found = instances_.find(id);
  Instance& instance = *found->second;
  for (const auto& [connection, unused] : instance.connections) connections_.erase(connection);
  if (instance.listener >= 0) close(instance.listener);
  if (instance.output >= 0) close(instance.output);
  if (instance.stop_api) instance.stop_api();
  if (instance.spare) --spares_;
  instances_.erase(found);
  --live_;
}

void Pool::Loop::expire() {
  const Steady::time_point now = Steady::now();
  std::vector<Instance*> late;
  for (auto& [id, instance] : instances_) {
    if (instance->deadline <= now) late.push_back(instance.get());
  }
  for (Instance* instance : late) {
    switch (instance->state) {
      case Instance::State::Busy: {
        const std::string request_id = instance->current->invocation.request_id;
        const std::string message = timedOut(static_cast<double>(instance->image->timeout_seconds));
        instance->log.line(base::formatIso8601Milliseconds(clock_.now()) + " " + request_id + " " + message,
                           clock_.now());
        finish(*instance, InvocationResult::Kind::FunctionError,
               runtimeErrorPayload("Sandbox.Timedout", request_id, message), "timeout");
        break;
      }
      case Instance::State::Starting:
        if (instance->pending) {
          const std::string request_id = instance->pending->invocation.request_id;
          const std::string message = timedOut(static_cast<double>(options_.init_milliseconds) / 1000);
          failPending(*instance, InvocationResult::Kind::FunctionError,
                      runtimeErrorPayload("Sandbox.Timedout", request_id, message), "timeout");
        }
        break;
      default:
        break;
    }
    end(*instance);
  }
}

}  // namespace thimble::services::lambda::runtime
