// Parallel and Map: branches, and what comes together of them.
#include <algorithm>

#include "lang/asl/branch_context.h"
#include "lang/asl/interpreter.h"

namespace thimble::lang::asl {

using base::Json;

namespace {

/// Iterations of an inline Map that run at a time when the definition sets no limit.
/// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
constexpr std::int64_t kInlineConcurrency = 40;

}  // namespace

void Interpreter::doParallel(Branch& branch) {
  const State& state = stateOf(branch);
  emitOn(branch, EventType::ParallelStateStarted);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  auto arguments = applyTemplate(state.parameters, input.value(), environment);
  if (!arguments.ok()) return fail(branch, std::move(arguments).error());
  Payload data = !state.parameters && state.input_path.kind == PathField::Kind::Whole
                     ? branch.data
                     : Payload(std::move(arguments).value());

  if (!data.fits()) return failTooLarge(branch);

  Join join;
  join.id = ++header_.last_id;
  join.branch = branch.id;
  join.total = join.started = join.running = static_cast<std::int64_t>(state.starts.size());
  branch.inner = join.id;
  branch.phase = Phase::Joining;
  rows_.add(join);
  std::vector<std::uint64_t> started;
  for (std::size_t i = 0; i < state.starts.size(); ++i) {
    Branch inner;
    inner.id = ++header_.last_id;
    inner.join = join.id;
    inner.index = static_cast<std::int64_t>(i);
    inner.state = state.starts[i];
    inner.data = data;
    inner.previous = branch.previous;
    inner.item_index = branch.item_index;
    inner.item = branch.item;
    started.push_back(inner.id);
    rows_.add(std::move(inner));
  }
  header_.ready.insert(header_.ready.begin(), started.begin(), started.end());
}

void Interpreter::doMap(Branch& branch) {
  const State& state = stateOf(branch);
  BranchContext context(identity_, header_, state, branch);
  Environment environment{context, host_.entropy};
  auto input = applyPath(state.input_path, branch.data.value(), environment);
  if (!input.ok()) return fail(branch, std::move(input).error());
  auto items = applyPath(state.items_path, input.value(), environment);
  if (!items.ok()) return fail(branch, std::move(items).error());
  if (!items.value().isArray()) {
    const std::string path = state.items_path.place ? state.items_path.place->text() : "$";
    return fail(branch, WorkflowError::runtime("Reference path \"" + path + "\" must point to array."));
  }
  const auto total = static_cast<std::int64_t>(items.value().size());
  if (HistoryEvent* event = emitOn(branch, EventType::MapStateStarted)) event->index = total;
  auto limit = readCount(state.max_concurrency, "MaxConcurrency", input.value(), environment);
  if (!limit.ok()) return fail(branch, std::move(limit).error());
  for (const auto& [field, name] : {std::pair(&state.tolerated_failure_count, "ToleratedFailureCount"),
                                    std::pair(&state.tolerated_failure_percentage, "ToleratedFailurePercentage")}) {
    auto tolerated = readCount(*field, name, input.value(), environment);
    if (!tolerated.ok()) return fail(branch, std::move(tolerated).error());
  }

  Join join;
  join.id = ++header_.last_id;
  join.branch = branch.id;
  join.map = true;
  join.total = total;
  join.limit = limit.value().value_or(0) > 0 ? *limit.value() : kInlineConcurrency;
  join.follow = branch.previous;
  branch.inner = join.id;
  branch.phase = Phase::Joining;
  if (total == 0) {
    emit(EventType::MapStateSucceeded, branch.previous);
    branch.inner = 0;
    branch.phase = Phase::Attempt;
    return completeState(branch, Json::array());
  }
  const std::uint64_t id = join.id;
  rows_.putMapData(id, {std::move(items).value(), std::move(input).value()});
  rows_.add(std::move(join));
  header_.ready.push_front(id);
}

void Interpreter::startMore(Join& join) {
  Branch* owner = rows_.branch(join.branch);
  if (owner == nullptr) return;
  const State& state = stateOf(*owner);
  BranchContext context(identity_, header_, state, *owner);
  Environment environment{context, host_.entropy};
  const Json map_input = state.parameters ? rows_.mapInput(join.id) : Json();
  std::vector<std::uint64_t> started;
  while (join.started < join.total && join.running < join.limit) {
    if (spent_ >= host_.events_at_a_time) {
      header_.ready.push_front(join.id);
      break;
    }
    if (overflow_) break;
    const std::int64_t index = join.started;
    const Json item = rows_.item(join.id, index);
    if (HistoryEvent* event = emit(EventType::MapIterationStarted, join.follow)) {
      event->name = state.name;
      event->index = index;
    }
    Branch inner;
    inner.previous = header_.last_event;
    Payload data(item);
    if (state.parameters) {
      context.setItem(index, item);
      auto selected = applyTemplate(state.parameters, map_input, environment);
      if (!selected.ok()) {
        owner->previous = inner.previous;
        return fail(*owner, std::move(selected).error());
      }
      data = Payload(std::move(selected).value());
      if (!data.fits()) {
        owner->previous = inner.previous;
        return failTooLarge(*owner);
      }
    }
    inner.id = ++header_.last_id;
    inner.join = join.id;
    inner.index = index;
    inner.state = state.starts[0];
    inner.data = std::move(data);
    inner.item_index = index;
    inner.item = item;
    started.push_back(inner.id);
    rows_.add(std::move(inner));
    ++join.started;
    ++join.running;
  }
  // Iterations that are started go before the start of more, so that only the limit's number of rows is live.
  header_.ready.insert(header_.ready.begin(), started.begin(), started.end());
}

void Interpreter::branchSucceeded(Branch& branch, Payload output) {
  Join* join = rows_.join(branch.join);
  Branch* owner = join != nullptr ? rows_.branch(join->branch) : nullptr;
  if (owner == nullptr) return;
  const State& state = stateOf(*owner);
  join->follow = branch.previous;
  owner->previous = branch.previous;
  if (join->map) {
    if (HistoryEvent* event = emit(EventType::MapIterationSucceeded, branch.previous)) {
      event->name = state.name;
      event->index = branch.index;
    }
    owner->previous = header_.last_event;
  }
  rows_.putResult(join->id, branch.index, std::move(output));
  rows_.eraseBranch(branch.id);
  ++join->succeeded;
  --join->running;
  if (join->succeeded < join->total) {
    if (join->map && join->started < join->total) header_.ready.push_back(join->id);
    return;
  }
  Json results = Json::array();
  for (auto& [index, payload] : rows_.takeResults(join->id)) results.push(payload.value());
  rows_.eraseJoin(join->id);
  owner->inner = 0;
  owner->phase = Phase::Attempt;
  emit(state.type == StateType::Map ? EventType::MapStateSucceeded : EventType::ParallelStateSucceeded,
       owner->previous);
  completeState(*owner, results);
}

void Interpreter::abortBranches(std::uint64_t join_id, bool map, const std::string& map_name) {
  for (const std::uint64_t id : rows_.branchesOf(join_id)) {
    Branch* branch = rows_.branch(id);
    if (branch == nullptr) continue;
    cancelWork(*branch);
    const State& state = stateOf(*branch);
    if (branch->inner != 0) {
      const std::uint64_t inner = branch->inner;
      abortBranches(inner, state.type == StateType::Map, state.name);
    }
    if (branch->phase != Phase::Ready) {
      switch (state.type) {
        case StateType::Task:
          emitOn(*branch, EventType::TaskStateAborted);
          break;
        case StateType::Wait:
          emitOn(*branch, EventType::WaitStateAborted);
          break;
        case StateType::Parallel:
          emitOn(*branch, EventType::ParallelStateAborted);
          break;
        case StateType::Map:
          emitOn(*branch, EventType::MapStateAborted);
          break;
        default:
          break;
      }
    }
    if (map) {
      if (HistoryEvent* event = emitOn(*branch, EventType::MapIterationAborted)) {
        event->name = map_name;
        event->index = branch->index;
      }
    }
    rows_.eraseBranch(id);
  }
  rows_.takeResults(join_id);
  rows_.eraseJoin(join_id);
  auto& ready = header_.ready;
  ready.erase(
      std::remove_if(ready.begin(), ready.end(),
                     [this](std::uint64_t id) { return rows_.branch(id) == nullptr && rows_.join(id) == nullptr; }),
      ready.end());
}

}  // namespace thimble::lang::asl
