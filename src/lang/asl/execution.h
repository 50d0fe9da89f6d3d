// The state of an execution, as rows: a header, a row per live branch, a join per open Parallel or Map.
//
// A decision loads the header and the branches that it moves; thousands of waiting branches cost it nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "lang/asl/history.h"

namespace thimble::lang::asl {

/// Largest input, output or result in bytes of UTF-8.
inline constexpr std::size_t kMaxPayloadBytes = 262'144;
/// Deepest nest of arrays and objects in them, so that what was written can always be read again.
inline constexpr int kMaxPayloadDepth = 500;
/// Longest cause of a failure in bytes; longer ones are cut.
inline constexpr std::size_t kMaxCauseBytes = 32'768;

/// A JSON value and its text. Each is made of the other when first asked for, at most once; the text is shared by all
/// events that show it.
class Payload {
 public:
  Payload() = default;
  explicit Payload(base::Json value) : value_(std::move(value)) {}
  Payload(base::Json value, std::string text)
      : value_(std::move(value)), text_(std::make_shared<const std::string>(std::move(text))) {}
  /// Of a text that is known to be JSON: one that was accepted or written before.
  static Payload ofText(std::string text);

  const base::Json& value() const;
  const SharedText& text() const;
  std::size_t bytes() const { return text()->size(); }
  /// Within the limits of size and depth. Asked before anything else of a value that was made up by expressions: their
  /// parts are shared in memory, and may be far too large once written.
  bool fits() const;

 private:
  mutable base::Json value_ = base::Json::object();
  mutable bool has_value_ = true;
  mutable bool known_to_fit_ = false;
  mutable SharedText text_;
};

enum class ExecutionStatus { Running, Succeeded, Failed, TimedOut, Aborted };
/// "RUNNING", "SUCCEEDED", ...
std::string_view statusName(ExecutionStatus status);

/// What never changes about an execution.
struct ExecutionIdentity {
  std::string arn, name;
  std::string machine_arn, machine_name;
  std::string role_arn;
  std::string region;
  std::int64_t start_time = 0;  ///< Milliseconds since the epoch.
  Payload input;
  std::string version_arn, alias_arn;
  /// Express executions keep no events and know no limit of them.
  bool express = false;
};

struct Header {
  ExecutionStatus status = ExecutionStatus::Running;
  std::int64_t last_event = 0;
  std::int64_t last_time = 0;  ///< Of the last event; times never decrease, whatever the clock does.
  std::uint64_t last_id = 0;   ///< Of branches and joins.
  std::int64_t stop_time = 0;
  Payload output;
  std::optional<std::string> error, cause;
  int redrive_count = 0;
  /// Work that was put off when the decision's share of events was used up: branches to go on with, joins to start
  /// more of.
  std::deque<std::uint64_t> ready;
};

/// What a branch is doing.
enum class Phase {
  Ready,     ///< About to enter its state.
  Attempt,   ///< Inside of its state, about to do its work (again).
  Task,      ///< A task is scheduled or running, or its callback is awaited.
  Waiting,   ///< A Wait state's timer runs.
  Retrying,  ///< A retry's timer runs.
  Joining,   ///< Its Parallel's or Map's branches run.
};

struct Branch {
  std::uint64_t id = 0;    ///< 1 is the execution's own.
  std::uint64_t join = 0;  ///< That this branch is part of; 0: none.
  std::int64_t index = 0;  ///< In that join.
  int state = 0;           ///< Position in the definition.
  Phase phase = Phase::Ready;
  Payload data;               ///< The state's raw input.
  std::int64_t previous = 0;  ///< Event that the next one follows.
  std::int64_t entered_event = 0;
  std::int64_t entered_time = 0;
  /// Counts tasks, waits and retries, so that what comes late for an earlier one is known as such.
  std::uint64_t attempt = 0;
  std::vector<int> retries;  ///< Per retrier of the state.
  int retry_count = 0;
  std::string token;                   ///< Of the current task, when it has one.
  bool started = false;                ///< The task's started event is written.
  bool submitted = false;              ///< The call has answered; the callback or job is awaited.
  std::int64_t heartbeat_seconds = 0;  ///< 0: none.
  std::int64_t heartbeat_deadline = 0;
  std::uint64_t inner = 0;  ///< The join that it awaits.
  std::string work_id;      ///< What the host knows the current task by.
  /// The innermost Map's item, for the context object; -1: in no Map.
  std::int64_t item_index = -1;
  base::Json item;
};

/// What a Map works on: written once when it starts, and read item by item.
struct MapData {
  base::Json items;  ///< Array.
  base::Json input;  ///< The effective input, for the ItemSelector.
};

/// A Parallel or Map at work.
struct Join {
  std::uint64_t id = 0;
  std::uint64_t branch = 0;  ///< That awaits it.
  bool map = false;
  std::int64_t total = 0, started = 0, succeeded = 0, running = 0;
  std::int64_t limit = 0;   ///< Iterations at a time; 0: no limit.
  std::int64_t follow = 0;  ///< The event that the next started iteration follows.
};

/// Where rows that are not in memory come from.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::optional<Branch> loadBranch(std::uint64_t id) = 0;
  virtual std::optional<Join> loadJoin(std::uint64_t id) = 0;
  /// One item of a Map, and its effective input.
  virtual base::Json loadItem(std::uint64_t join, std::int64_t index) = 0;
  virtual base::Json loadMapInput(std::uint64_t join) = 0;
  /// Results of a join's branches by index; gone from the store afterwards.
  virtual std::map<std::int64_t, Payload> takeResults(std::uint64_t join) = 0;
  /// Ids of all branches whose `join` this is.
  virtual std::vector<std::uint64_t> branchesOf(std::uint64_t join) = 0;
};

/// The rows that one decision (or a whole execution in memory) works on. Changed ones are noted, to be written back.
class Workspace {
 public:
  /// Without a source everything is in memory.
  explicit Workspace(RowSource* source = nullptr) : source_(source) {}

  /// nullptr: no such row (any more). The row counts as changed.
  Branch* branch(std::uint64_t id);
  Join* join(std::uint64_t id);
  Branch& add(Branch branch);
  Join& add(Join join);
  void putMapData(std::uint64_t join, MapData data) { map_data_[join] = std::move(data); }
  base::Json item(std::uint64_t join, std::int64_t index);
  base::Json mapInput(std::uint64_t join);
  void eraseBranch(std::uint64_t id);
  void eraseJoin(std::uint64_t id);
  std::vector<std::uint64_t> branchesOf(std::uint64_t join);
  void putResult(std::uint64_t join, std::int64_t index, Payload result);
  std::map<std::int64_t, Payload> takeResults(std::uint64_t join);

  // What is to be written back; a null row is to be erased.
  const std::map<std::uint64_t, std::unique_ptr<Branch>>& branches() const { return branches_; }
  const std::map<std::uint64_t, std::unique_ptr<Join>>& joins() const { return joins_; }
  const std::map<std::uint64_t, std::map<std::int64_t, Payload>>& results() const { return results_; }
  /// Of Maps that this workspace started.
  const std::map<std::uint64_t, MapData>& mapData() const { return map_data_; }

 private:
  RowSource* source_;
  std::map<std::uint64_t, std::unique_ptr<Branch>> branches_;
  std::map<std::uint64_t, std::unique_ptr<Join>> joins_;
  std::map<std::uint64_t, std::map<std::int64_t, Payload>> results_;
  std::map<std::uint64_t, MapData> map_data_;
};

}  // namespace thimble::lang::asl
