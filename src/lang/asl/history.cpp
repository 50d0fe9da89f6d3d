#include "lang/asl/history.h"

#include <array>

namespace thimble::lang::asl {

using base::Json;

namespace {

/// Which member of the API's structure holds the details, and which of them there are.
enum class Shape {
  None,
  Started,
  Output,
  Failure,
  Entered,
  Exited,
  Length,
  Iteration,
  LambdaScheduled,
  ActivityScheduled,
  ActivityStarted,
  TaskScheduled,
  Task,
  TaskOutput,
  TaskFailure,
};

struct Row {
  std::string_view name;
  std::string_view details;
  Shape shape;
};

// In the order of EventType.
constexpr std::array<Row, 56> kRows = {{
    {"ExecutionStarted", "executionStartedEventDetails", Shape::Started},
    {"ExecutionSucceeded", "executionSucceededEventDetails", Shape::Output},
    {"ExecutionFailed", "executionFailedEventDetails", Shape::Failure},
    {"ExecutionAborted", "executionAbortedEventDetails", Shape::Failure},
    {"ExecutionTimedOut", "executionTimedOutEventDetails", Shape::Failure},
    {"TaskStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"TaskStateExited", "stateExitedEventDetails", Shape::Exited},
    {"TaskStateAborted", "", Shape::None},
    {"PassStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"PassStateExited", "stateExitedEventDetails", Shape::Exited},
    {"ChoiceStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"ChoiceStateExited", "stateExitedEventDetails", Shape::Exited},
    {"WaitStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"WaitStateExited", "stateExitedEventDetails", Shape::Exited},
    {"WaitStateAborted", "", Shape::None},
    {"SucceedStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"SucceedStateExited", "stateExitedEventDetails", Shape::Exited},
    {"FailStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"ParallelStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"ParallelStateStarted", "", Shape::None},
    {"ParallelStateSucceeded", "", Shape::None},
    {"ParallelStateFailed", "", Shape::None},
    {"ParallelStateAborted", "", Shape::None},
    {"ParallelStateExited", "stateExitedEventDetails", Shape::Exited},
    {"MapStateEntered", "stateEnteredEventDetails", Shape::Entered},
    {"MapStateStarted", "mapStateStartedEventDetails", Shape::Length},
    {"MapStateSucceeded", "", Shape::None},
    {"MapStateFailed", "", Shape::None},
    {"MapStateAborted", "", Shape::None},
    {"MapStateExited", "stateExitedEventDetails", Shape::Exited},
    {"MapIterationStarted", "mapIterationStartedEventDetails", Shape::Iteration},
    {"MapIterationSucceeded", "mapIterationSucceededEventDetails", Shape::Iteration},
    {"MapIterationFailed", "mapIterationFailedEventDetails", Shape::Iteration},
    {"MapIterationAborted", "mapIterationAbortedEventDetails", Shape::Iteration},
    {"LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", Shape::LambdaScheduled},
    {"LambdaFunctionStarted", "", Shape::None},
    {"LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", Shape::Output},
    {"LambdaFunctionFailed", "lambdaFunctionFailedEventDetails", Shape::Failure},
    {"LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails", Shape::Failure},
    {"LambdaFunctionScheduleFailed", "lambdaFunctionScheduleFailedEventDetails", Shape::Failure},
    {"LambdaFunctionStartFailed", "lambdaFunctionStartFailedEventDetails", Shape::Failure},
    {"ActivityScheduled", "activityScheduledEventDetails", Shape::ActivityScheduled},
    {"ActivityStarted", "activityStartedEventDetails", Shape::ActivityStarted},
    {"ActivitySucceeded", "activitySucceededEventDetails", Shape::Output},
    {"ActivityFailed", "activityFailedEventDetails", Shape::Failure},
    {"ActivityTimedOut", "activityTimedOutEventDetails", Shape::Failure},
    {"ActivityScheduleFailed", "activityScheduleFailedEventDetails", Shape::Failure},
    {"TaskScheduled", "taskScheduledEventDetails", Shape::TaskScheduled},
    {"TaskStarted", "taskStartedEventDetails", Shape::Task},
    {"TaskSubmitted", "taskSubmittedEventDetails", Shape::TaskOutput},
    {"TaskSucceeded", "taskSucceededEventDetails", Shape::TaskOutput},
    {"TaskFailed", "taskFailedEventDetails", Shape::TaskFailure},
    {"TaskTimedOut", "taskTimedOutEventDetails", Shape::TaskFailure},
    {"TaskStartFailed", "taskStartFailedEventDetails", Shape::TaskFailure},
    {"TaskSubmitFailed", "taskSubmitFailedEventDetails", Shape::TaskFailure},
    {"ExecutionRedriven", "executionRedrivenEventDetails", Shape::None},
}};
static_assert(kRows.size() == static_cast<std::size_t>(EventType::ExecutionRedriven) + 1);

const Row& row(EventType type) {
  return kRows[static_cast<std::size_t>(type)];
}

bool isTerminal(EventType type) {
  return type == EventType::ExecutionSucceeded || type == EventType::ExecutionFailed ||
         type == EventType::ExecutionAborted || type == EventType::ExecutionTimedOut;
}

void setData(Json& details, const char* name, const SharedText& text, bool include_data) {
  if (!text) return;
  if (include_data) details.set(name, Json(*text));
  details.set(std::string(name) + "Details", Json::object({{"truncated", Json(false)}}));
}

void setNumber(Json& details, const char* name, const std::optional<std::int64_t>& value) {
  if (value) details.set(name, Json(*value));
}

void setFailure(Json& details, const HistoryEvent& event) {
  if (event.error) details.set("error", Json(*event.error));
  if (event.cause) details.set("cause", Json(*event.cause));
}

void setTask(Json& details, const HistoryEvent& event) {
  details.set("resourceType", Json(event.resource_type));
  details.set("resource", Json(event.resource));
}

void setScheduled(Json& details, const HistoryEvent& event) {
  setNumber(details, "timeoutInSeconds", event.timeout);
  setNumber(details, "heartbeatInSeconds", event.heartbeat);
  if (!event.role.empty()) details.set("taskCredentials", Json::object({{"roleArn", Json(event.role)}}));
}

Json detailsOf(const HistoryEvent& event, Shape shape, bool include_data) {
  Json out = Json::object();
  switch (shape) {
    case Shape::None:
      break;
    case Shape::Started:
      setData(out, "input", event.input, include_data);
      out.set("roleArn", Json(event.role));
      if (!event.alias_arn.empty()) out.set("stateMachineAliasArn", Json(event.alias_arn));
      if (!event.version_arn.empty()) out.set("stateMachineVersionArn", Json(event.version_arn));
      break;
    case Shape::Output:
      setData(out, "output", event.output, include_data);
      break;
    case Shape::Failure:
      setFailure(out, event);
      break;
    case Shape::Entered:
      out.set("name", Json(event.name));
      setData(out, "input", event.input, include_data);
      break;
    case Shape::Exited:
      out.set("name", Json(event.name));
      setData(out, "output", event.output, include_data);
      break;
    case Shape::Length:
      setNumber(out, "length", event.index);
      break;
    case Shape::Iteration:
      out.set("name", Json(event.name));
      setNumber(out, "index", event.index);
      break;
    case Shape::LambdaScheduled:
    case Shape::ActivityScheduled:
      out.set("resource", Json(event.resource));
      setData(out, "input", event.input, include_data);
      setScheduled(out, event);
      break;
    case Shape::ActivityStarted:
      if (!event.name.empty()) out.set("workerName", Json(event.name));
      break;
    case Shape::TaskScheduled:
      setTask(out, event);
      out.set("region", Json(event.region));
      if (event.input) out.set("parameters", Json(*event.input));
      setScheduled(out, event);
      break;
    case Shape::Task:
      setTask(out, event);
      break;
    case Shape::TaskOutput:
      setTask(out, event);
      setData(out, "output", event.output, include_data);
      break;
    case Shape::TaskFailure:
      setTask(out, event);
      setFailure(out, event);
      break;
  }
  return out;
}

}  // namespace

std::string_view eventTypeName(EventType type) {
  return row(type).name;
}

EventType enteredEvent(StateType type) {
  switch (type) {
    case StateType::Task:
      return EventType::TaskStateEntered;
    case StateType::Pass:
      return EventType::PassStateEntered;
    case StateType::Choice:
      return EventType::ChoiceStateEntered;
    case StateType::Wait:
      return EventType::WaitStateEntered;
    case StateType::Succeed:
      return EventType::SucceedStateEntered;
    case StateType::Fail:
      return EventType::FailStateEntered;
    case StateType::Parallel:
      return EventType::ParallelStateEntered;
    case StateType::Map:
      return EventType::MapStateEntered;
  }
  return EventType::PassStateEntered;
}

EventType exitedEvent(StateType type) {
  switch (type) {
    case StateType::Task:
      return EventType::TaskStateExited;
    case StateType::Choice:
      return EventType::ChoiceStateExited;
    case StateType::Wait:
      return EventType::WaitStateExited;
    case StateType::Succeed:
      return EventType::SucceedStateExited;
    case StateType::Parallel:
      return EventType::ParallelStateExited;
    case StateType::Map:
      return EventType::MapStateExited;
    default:
      return EventType::PassStateExited;
  }
}

Json eventModel(const HistoryEvent& event, bool include_data) {
  Json out = Json::object();
  out.set("timestamp", Json(event.time));
  out.set("type", Json(eventTypeName(event.type)));
  out.set("id", Json(event.id));
  out.set("previousEventId", Json(event.previous));
  const Row& kind = row(event.type);
  if (kind.shape != Shape::None) out.set(kind.details, detailsOf(event, kind.shape, include_data));
  return out;
}

std::string brokenLaw(const std::vector<HistoryEvent>& events, bool running) {
  std::int64_t id = 0, time = 0;
  for (const HistoryEvent& event : events) {
    const std::string which = "event " + std::to_string(event.id) + ": ";
    if (event.id != ++id) return which + "the id should be " + std::to_string(id);
    if (event.previous >= event.id || event.previous < 0) return which + "the previous event is not before it";
    if (event.time < time) return which + "it is earlier than the one before";
    time = event.time;
    if ((event.type == EventType::ExecutionStarted) != (id == 1))
      return which + "ExecutionStarted is the first event and no other";
    const bool last = id == static_cast<std::int64_t>(events.size());
    if (isTerminal(event.type) && !last) return which + "nothing may follow " + std::string(eventTypeName(event.type));
    if (last && !running && !isTerminal(event.type)) return which + "the last event does not end the execution";
  }
  if (events.empty()) return "no events";
  if (events.size() > static_cast<std::size_t>(kMaxEvents)) return "too many events";
  return {};
}

std::string eventText(const HistoryEvent& event) {
  const Row& kind = row(event.type);
  Json details = detailsOf(event, kind.shape, true);
  details.erase("inputDetails");
  details.erase("outputDetails");
  return std::to_string(event.id) + "<" + std::to_string(event.previous) + " " + std::string(kind.name) +
         (details.empty() ? "" : " " + details.write());
}

}  // namespace thimble::lang::asl
