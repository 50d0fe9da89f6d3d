// A workflow error: what Retry and Catch see, and what a failed execution shows.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace thimble::lang::asl {

/// Error names of the language itself.
inline constexpr const char* kRuntime = "States.Runtime";
inline constexpr const char* kTimeout = "States.Timeout";
inline constexpr const char* kHeartbeatTimeout = "States.HeartbeatTimeout";
inline constexpr const char* kTaskFailed = "States.TaskFailed";
inline constexpr const char* kDataLimitExceeded = "States.DataLimitExceeded";
inline constexpr const char* kNoChoiceMatched = "States.NoChoiceMatched";
inline constexpr const char* kIntrinsicFailure = "States.IntrinsicFailure";
inline constexpr const char* kResultPathMatchFailure = "States.ResultPathMatchFailure";

struct WorkflowError {
  std::optional<std::string> error;  ///< Empty where a Fail state or a callback gave none.
  std::optional<std::string> cause;
  /// True for a cause that lacks its beginning: "An error occurred while executing the state '...' (entered at the
  /// event id #N). ", which only the interpreter can write.
  bool cause_of_state = false;
  /// A States.Timeout that came of a missing heartbeat, which States.HeartbeatTimeout names too.
  bool heartbeat = false;

  static WorkflowError runtime(std::string cause) { return {kRuntime, std::move(cause), true}; }
  static WorkflowError ofState(const char* error, std::string cause) { return {error, std::move(cause), true}; }
  /// No Retry and no Catch applies, and the whole execution fails, wherever it happens.
  bool isFatal() const { return error == kRuntime; }
};

}  // namespace thimble::lang::asl
