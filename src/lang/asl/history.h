// Execution history: the events that GetExecutionHistory lists, and the laws that every history keeps.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lang/asl/definition.h"

namespace thimble::lang::asl {

/// Events that a Standard execution may have; the last of them ends it.
inline constexpr std::int64_t kMaxEvents = 25'000;

/// The numbers are stored: new ones go to the end.
enum class EventType {
  ExecutionStarted,
  ExecutionSucceeded,
  ExecutionFailed,
  ExecutionAborted,
  ExecutionTimedOut,
  TaskStateEntered,
  TaskStateExited,
  TaskStateAborted,
  PassStateEntered,
  PassStateExited,
  ChoiceStateEntered,
  ChoiceStateExited,
  WaitStateEntered,
  WaitStateExited,
  WaitStateAborted,
  SucceedStateEntered,
  SucceedStateExited,
  FailStateEntered,
  ParallelStateEntered,
  ParallelStateStarted,
  ParallelStateSucceeded,
  ParallelStateFailed,
  ParallelStateAborted,
  ParallelStateExited,
  MapStateEntered,
  MapStateStarted,
  MapStateSucceeded,
  MapStateFailed,
  MapStateAborted,
  MapStateExited,
  MapIterationStarted,
  MapIterationSucceeded,
  MapIterationFailed,
  MapIterationAborted,
  LambdaFunctionScheduled,
  LambdaFunctionStarted,
  LambdaFunctionSucceeded,
  LambdaFunctionFailed,
  LambdaFunctionTimedOut,
  LambdaFunctionScheduleFailed,
  LambdaFunctionStartFailed,
  ActivityScheduled,
  ActivityStarted,
  ActivitySucceeded,
  ActivityFailed,
  ActivityTimedOut,
  ActivityScheduleFailed,
  TaskScheduled,
  TaskStarted,
  TaskSubmitted,
  TaskSucceeded,
  TaskFailed,
  TaskTimedOut,
  TaskStartFailed,
  TaskSubmitFailed,
  ExecutionRedriven,
};

std::string_view eventTypeName(EventType type);
/// "PassStateEntered" and its kin; a Fail state is never exited.
EventType enteredEvent(StateType type);
EventType exitedEvent(StateType type);

/// A text that several events share.
using SharedText = std::shared_ptr<const std::string>;

/// One event. Which members mean something depends on the type; the others are empty.
struct HistoryEvent {
  std::int64_t id = 0;        ///< From 1, without gaps.
  std::int64_t previous = 0;  ///< 0: none.
  std::int64_t time = 0;      ///< Milliseconds since the epoch.
  EventType type = EventType::ExecutionStarted;
  std::string name;          ///< Of the state; an activity's worker.
  SharedText input, output;  ///< JSON texts; `input` is also a task's parameters.
  std::optional<std::string> error, cause;
  std::string resource, resource_type, region;
  std::string role;                                       ///< The execution's, or a task's credentials.
  std::string version_arn, alias_arn;                     ///< ExecutionStarted: the version and alias asked for.
  std::optional<std::int64_t> index, timeout, heartbeat;  ///< `index` is also a Map's length.
};

/// As the API's model value (timestamps in milliseconds). Without data, inputs and outputs are left out.
base::Json eventModel(const HistoryEvent& event, bool include_data = true);

/// What is wrong with a history that has ended, or (when `running`) may go on; empty when it keeps the laws: ids 1, 2,
/// 3 without gaps, previous < id, times not decreasing, begun with ExecutionStarted, exactly one terminal event, the
/// last.
std::string brokenLaw(const std::vector<HistoryEvent>& events, bool running);

/// One event in a line, for tests and logs: `3<2 PassStateExited {"name":"A","output":{}}`.
std::string eventText(const HistoryEvent& event);

}  // namespace thimble::lang::asl
