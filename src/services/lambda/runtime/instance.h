// One instance as the pool's thread sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "services/lambda/runtime/api_request.h"
#include "services/lambda/runtime/image.h"
#include "services/lambda/runtime/log_buffer.h"

namespace thimble::services::lambda::runtime {

using Steady = std::chrono::steady_clock;

struct PendingInvocation {
  Invocation invocation;
  InvocationDone done;
  bool lost = false;  ///< The spawner ended with the instance that was being started for it.
};

struct Instance {
  enum class State {
    Starting,  ///< Has not asked for an invocation yet.
    Idle,      ///< Waits in `waiting` for one.
    Busy,      ///< Has one.
    Between,   ///< Has answered, and has not asked again yet.
    Ended,     ///< Killed or dead; waits for the box's end.
  };

  std::uint64_t id = 0;
  std::shared_ptr<const Image> image;
  State state = State::Starting;
  bool retired = false;
  bool spare = false;       ///< Of no function yet; `image` is that of its kind.
  bool completing = false;  ///< Was a spare, and does not know of its function yet.
  bool completed = false;   ///< Has its function's files and limits.
  bool asked = false;       ///< Has asked for an invocation, or as a spare for its function: it is able to start.
  sandbox::BoxId box = 0;
  int listener = -1;
  int output = -1;
  std::function<void()> stop_api;
  std::map<std::uint64_t, std::unique_ptr<ApiConnection>> connections;
  std::uint64_t waiting = 0;  ///< The connection whose /next, or a spare's question, is unanswered; 0: none.
  std::optional<PendingInvocation> pending;  ///< To be given at the next /next.
  std::optional<PendingInvocation> current;
  Steady::time_point started;
  Steady::time_point invoked;
  Steady::time_point deadline;    ///< Of the start, of the invocation, or of idling, by state.
  double init_milliseconds = -1;  ///< Until its first invocation has reported it.
  std::string log_stream;
  LogBuffer log;
};

}  // namespace thimble::services::lambda::runtime
