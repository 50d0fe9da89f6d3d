#include "lang/asl/interpreter.h"

#include <algorithm>
#include <utility>

#include "lang/asl/branch_context.h"

namespace thimble::lang::asl {

using base::Json;

std::string_view timerName(TimerKind kind) {
  switch (kind) {
    case TimerKind::Wait:
      return "wait";
    case TimerKind::Retry:
      return "retry";
    case TimerKind::TaskTimeout:
      return "timeout";
    case TimerKind::Heartbeat:
      return "heartbeat";
  }
  return "";
}

Interpreter::Interpreter(const Definition& definition, const ExecutionIdentity& identity, Header& header,
                         Workspace& rows, Host& host)
    : definition_(definition), identity_(identity), header_(header), rows_(rows), host_(host) {}

Decision Interpreter::take() {
  decision_.more = running() && !header_.ready.empty();
  spent_ = 0;
  return std::exchange(decision_, {});
}

namespace {

/// The longest beginning of at most `most` bytes that ends between characters.
std::size_t utf8Prefix(const std::string& text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return most;
}

}  // namespace

// Events -----------------------------------------------------------------------------------------------------------

HistoryEvent* Interpreter::emit(EventType type, std::int64_t previous) {
  ++spent_;
  header_.last_time = std::max(header_.last_time, host_.now);
  // The last place of a full history is kept for the event that ends it.
  if (!identity_.express && running() && header_.last_event + 1 >= kMaxEvents) {
    overflow_ = true;
    return nullptr;
  }
  const std::int64_t id = ++header_.last_event;
  if (identity_.express) return nullptr;
  HistoryEvent& event = decision_.events.emplace_back();
  event.id = id;
  event.previous = previous;
  event.time = header_.last_time;
  event.type = type;
  return &event;
}

HistoryEvent* Interpreter::emitOn(Branch& branch, EventType type) {
  HistoryEvent* event = emit(type, branch.previous);
  branch.previous = header_.last_event;
  return event;
}

void Interpreter::finish(ExecutionStatus status, EventType type, std::int64_t previous,
                         std::optional<std::string> error, std::optional<std::string> cause) {
  if (!running()) return;
  if (overflow_) {
    status = ExecutionStatus::Failed;
    type = EventType::ExecutionFailed;
    error = kRuntime;
    cause = "The execution reached the maximum number of history events (" + std::to_string(kMaxEvents) + ").";
    header_.output = Payload();
  }
  if (cause && cause->size() > kMaxCauseBytes) cause->resize(utf8Prefix(*cause, kMaxCauseBytes));
  header_.status = status;
  header_.error = error;
  header_.cause = cause;
  if (HistoryEvent* event = emit(type, previous)) {
    event->error = std::move(error);
    event->cause = std::move(cause);
    if (status == ExecutionStatus::Succeeded) event->output = header_.output.text();
  }
  header_.last_time = std::max(header_.last_time, host_.now);
  header_.stop_time = header_.last_time;
  header_.ready.clear();
  decision_.finished = true;
  // What still runs is of no use any more.
  if (Branch* root = rows_.branch(1)) {
    cancelWork(*root);
    std::vector<std::uint64_t> joins;
    if (root->inner != 0) joins.push_back(root->inner);
    while (!joins.empty()) {
      const std::uint64_t join = joins.back();
      joins.pop_back();
      for (const std::uint64_t id : rows_.branchesOf(join)) {
        if (Branch* branch = rows_.branch(id)) {
          cancelWork(*branch);
          if (branch->inner != 0) joins.push_back(branch->inner);
        }
        rows_.eraseBranch(id);
      }
      rows_.takeResults(join);
      rows_.eraseJoin(join);
    }
    rows_.eraseBranch(1);
  }
}

// Inputs -----------------------------------------------------------------------------------------------------------

void Interpreter::start() {
  if (HistoryEvent* event = emit(EventType::ExecutionStarted, 0)) {
    event->input = identity_.input.text();
    event->role = identity_.role_arn;
    event->version_arn = identity_.version_arn;
    event->alias_arn = identity_.alias_arn;
  }
  Branch root;
  root.id = header_.last_id = 1;
  root.state = definition_.start;
  root.data = identity_.input;
  rows_.add(std::move(root));
  header_.ready.push_back(1);
  runReady();
}

void Interpreter::resume() {
  runReady();
}

void Interpreter::timer(TimerKind kind, std::uint64_t id, std::uint64_t attempt) {
  if (!running()) return;
  Branch* branch = rows_.branch(id);
  if (branch == nullptr || branch->attempt != attempt) return;
  switch (kind) {
    case TimerKind::Wait:
      if (branch->phase != Phase::Waiting) return;
      branch->phase = Phase::Attempt;
      completeState(*branch, Json());
      break;
    case TimerKind::Retry:
      if (branch->phase != Phase::Retrying) return;
      branch->phase = Phase::Attempt;
      header_.ready.push_back(id);
      break;
    case TimerKind::TaskTimeout:
      if (branch->phase != Phase::Task) return;
      taskTimedOut(*branch, false);
      break;
    case TimerKind::Heartbeat:
      if (branch->phase != Phase::Task) return;
      if (host_.now < branch->heartbeat_deadline) {
        decision_.timers.push_back({TimerKind::Heartbeat, id, attempt, branch->heartbeat_deadline});
        return;
      }
      taskTimedOut(*branch, true);
      break;
  }
  runReady();
}

void Interpreter::timeOut() {
  finish(ExecutionStatus::TimedOut, EventType::ExecutionTimedOut, 0, kTimeout, std::nullopt);
  // DescribeExecution shows no error for a timeout; only the event has it.
  header_.error.reset();
}

void Interpreter::stop(std::optional<std::string> error, std::optional<std::string> cause) {
  finish(ExecutionStatus::Aborted, EventType::ExecutionAborted, 0, std::move(error), std::move(cause));
}

// Going on ---------------------------------------------------------------------------------------------------------

void Interpreter::endFull() {
  finish(ExecutionStatus::Failed, EventType::ExecutionFailed, header_.last_event, std::nullopt, std::nullopt);
}

void Interpreter::runReady() {
  while (running() && !header_.ready.empty() && spent_ < host_.events_at_a_time) {
    const std::uint64_t id = header_.ready.front();
    header_.ready.pop_front();
    if (Join* join = rows_.join(id)) {
      startMore(*join);
    } else {
      runBranch(id);
    }
  }
  if (overflow_) endFull();
}

void Interpreter::runBranch(std::uint64_t id) {
  while (running()) {
    Branch* branch = rows_.branch(id);
    if (branch == nullptr) return;
    if (spent_ >= host_.events_at_a_time) {
      if (branch->phase == Phase::Ready || branch->phase == Phase::Attempt) header_.ready.push_front(id);
      return;
    }
    if (overflow_) return endFull();
    if (branch->phase == Phase::Ready) {
      enter(*branch);
    } else if (branch->phase == Phase::Attempt) {
      attempt(*branch);
    } else {
      return;
    }
  }
}

void Interpreter::enter(Branch& branch) {
  const State& state = stateOf(branch);
  if (HistoryEvent* event = emitOn(branch, enteredEvent(state.type))) {
    event->name = state.name;
    event->input = branch.data.text();
    spend(branch.data.bytes());
  }
  branch.entered_event = header_.last_event;
  branch.entered_time = header_.last_time;
  branch.retries.clear();
  branch.retry_count = 0;
  branch.phase = Phase::Attempt;
}

void Interpreter::attempt(Branch& branch) {
  switch (stateOf(branch).type) {
    case StateType::Pass:
      return doPass(branch);
    case StateType::Succeed:
    case StateType::Choice:
      return doSimple(branch);
    case StateType::Wait:
      return doWait(branch);
    case StateType::Fail:
      return doFail(branch);
    case StateType::Task:
      return doTask(branch);
    case StateType::Parallel:
      return doParallel(branch);
    case StateType::Map:
      return doMap(branch);
  }
}

void Interpreter::exitTo(Branch& branch, Payload output, int next) {
  const State& state = stateOf(branch);
  if (!output.fits()) return failTooLarge(branch);
  if (HistoryEvent* event = emitOn(branch, exitedEvent(state.type))) {
    event->name = state.name;
    event->output = output.text();
    spend(output.bytes());
  }
  if (next < 0) return endBranch(branch, std::move(output));
  branch.state = next;
  branch.data = std::move(output);
  branch.phase = Phase::Ready;
}

void Interpreter::endBranch(Branch& branch, Payload output) {
  if (branch.join != 0) return branchSucceeded(branch, std::move(output));
  header_.output = std::move(output);
  finish(ExecutionStatus::Succeeded, EventType::ExecutionSucceeded, branch.previous, std::nullopt, std::nullopt);
}

void Interpreter::completeState(Branch& branch, const Json& result) {
  const State& state = stateOf(branch);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  Payload shaped = branch.data;
  const std::uint64_t id = branch.id;
  if (state.type != StateType::Wait) {
    auto selected = applyTemplate(state.result_selector, result, environment);
    if (!selected.ok()) return fail(branch, std::move(selected).error());
    auto placed = applyResultPath(state.result_path, branch.data.value(), selected.value());
    if (!placed.ok()) return fail(branch, std::move(placed).error());
    if (state.result_path.kind != PathField::Kind::Discard) shaped = Payload(std::move(placed).value());
  } else if (state.input_path.kind != PathField::Kind::Whole) {
    auto chosen_input = applyPath(state.input_path, branch.data.value(), environment);
    if (!chosen_input.ok()) return fail(branch, std::move(chosen_input).error());
    shaped = Payload(std::move(chosen_input).value());
  }
  if (state.output_path.kind != PathField::Kind::Whole) {
    auto output = applyPath(state.output_path, shaped.value(), environment);
    if (!output.ok()) return fail(branch, std::move(output).error());
    shaped = Payload(std::move(output).value());
  }
  exitTo(branch, std::move(shaped), state.next);
  // Waits, tasks and joins complete from outside of the loop over ready branches.
  Branch* after = running() ? rows_.branch(id) : nullptr;
  if (after != nullptr && after->phase == Phase::Ready) header_.ready.push_front(id);
}

WorkflowError Interpreter::completed(const Branch& branch, WorkflowError error) const {
  if (error.cause_of_state) {
    error.cause = "An error occurred while executing the state '" + stateOf(branch).name +
                  "' (entered at the event id #" + std::to_string(branch.entered_event) + "). " +
                  error.cause.value_or("");
    error.cause_of_state = false;
  }
  if (error.cause && error.cause->size() > kMaxCauseBytes)
    error.cause->resize(utf8Prefix(*error.cause, kMaxCauseBytes));
  return error;
}

void Interpreter::fail(Branch& branch, WorkflowError raw) {
  const State& state = stateOf(branch);
  const WorkflowError error = completed(branch, std::move(raw));
  // 1. An error of the interpreter itself ends everything.
  if (error.isFatal()) {
    return finish(ExecutionStatus::Failed, EventType::ExecutionFailed, branch.previous, error.error, error.cause);
  }
  // 2. Retry.
  if (const int which = retrierFor(state, error); which >= 0) {
    const Retrier& retrier = state.retriers[static_cast<std::size_t>(which)];
    branch.retries.resize(state.retriers.size(), 0);
    int& retries = branch.retries[static_cast<std::size_t>(which)];
    if (retries < retrier.max_attempts) {
      std::int64_t delay = retryDelay(retrier, retries);
      if (retrier.full_jitter && delay > 0)
        delay = static_cast<std::int64_t>(host_.entropy.next() % static_cast<std::uint64_t>(delay + 1));
      ++retries;
      ++branch.retry_count;
      ++branch.attempt;
      branch.phase = Phase::Retrying;
      branch.inner = 0;
      decision_.timers.push_back({TimerKind::Retry, branch.id, branch.attempt, host_.now + delay});
      return;
    }
  }
  // 3. A Parallel or Map has failed for good.
  if (state.type == StateType::Parallel) emitOn(branch, EventType::ParallelStateFailed);
  if (state.type == StateType::Map) emitOn(branch, EventType::MapStateFailed);
  // 4. Catch.
  if (const Catcher* catcher = catcherFor(state, error)) {
    auto placed = applyResultPath(catcher->result_path, branch.data.value(), errorOutput(error));
    if (!placed.ok()) {
      const WorkflowError other = completed(branch, std::move(placed).error());
      return finish(ExecutionStatus::Failed, EventType::ExecutionFailed, branch.previous, other.error, other.cause);
    }
    Payload output(std::move(placed).value());
    if (!output.fits()) {
      return finish(ExecutionStatus::Failed, EventType::ExecutionFailed, branch.previous, kDataLimitExceeded,
                    "The state/task '" + state.name +
                        "' returned a result with a size exceeding the maximum number of bytes service limit.");
    }
    const std::uint64_t id = branch.id;
    branch.inner = 0;
    exitTo(branch, std::move(output), catcher->next);
    header_.ready.push_front(id);
    return;
  }
  failBranch(branch, error);
}

void Interpreter::failTooLarge(Branch& branch) {
  fail(branch, {kDataLimitExceeded,
                "The state/task '" + stateOf(branch).name +
                    "' returned a result with a size exceeding the maximum number of bytes service limit."});
}

void Interpreter::failBranch(Branch& branch, const WorkflowError& error) {
  if (branch.join == 0) {
    return finish(ExecutionStatus::Failed, EventType::ExecutionFailed, branch.previous, error.error, error.cause);
  }
  Join* join = rows_.join(branch.join);
  if (join == nullptr) return;
  Branch* owner = rows_.branch(join->branch);
  if (owner == nullptr) return;
  const std::string name = stateOf(*owner).name;
  const bool map = join->map;
  const std::uint64_t join_id = join->id;
  if (map) {
    if (HistoryEvent* event = emit(EventType::MapIterationFailed, branch.previous)) {
      event->name = name;
      event->index = branch.index;
    }
  } else if (stateOf(branch).type == StateType::Task) {
    emit(EventType::TaskStateAborted, branch.previous);
  }
  owner->previous = branch.previous;
  rows_.eraseBranch(branch.id);
  abortBranches(join_id, map, name);
  fail(*owner, error);
}

bool Interpreter::awaits(std::uint64_t branch, std::uint64_t attempt) {
  return awaiting(branch, attempt) != nullptr;
}

}  // namespace thimble::lang::asl
