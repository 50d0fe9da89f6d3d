// What instances of functions are made of, and what goes in and out of an invocation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/log_line.h"
#include "sandbox/box.h"

namespace thimble::services::lambda::runtime {

/// What an instance may be started with ahead of need, before it is known of which function it is. Nothing of any
/// function is in it, and what the program reads at its start is.
struct SpareStart {
  std::vector<std::string> environment;  ///< "NAME=value".
  std::vector<sandbox::Mount> mounts;
};

/// Everything that an instance of one version of a function is made of. Instances of equal keys are interchangeable.
struct Image {
  std::string key;
  std::string group;  ///< Whose invocations under way count together against a limit.
  std::string function_name;
  std::string version;                   ///< "$LATEST" or a number.
  std::string runtime_name;              ///< For the log's INIT_START line, for example "provided.al2023".
  std::vector<std::string> command;      ///< As seen inside of the box.
  std::vector<std::string> environment;  ///< "NAME=value"; the log stream's name is added for each instance.
  std::vector<sandbox::Mount> mounts;
  std::int64_t memory_megabytes = 128;
  std::int64_t tmp_megabytes = 512;
  std::int64_t timeout_seconds = 3;
  /// Instances older than this take no further invocation: their credentials end. Milliseconds since the epoch; 0:
  /// never.
  std::int64_t usable_until = 0;
  bool outbound = true;
  /// Part of `environment` and `mounts`, where `command` is a bootstrap that can wait for the rest (pool_spares.cpp).
  /// None: instances are started when they are needed.
  std::optional<SpareStart> spare;
};

struct Invocation {
  std::string request_id;
  std::string payload;  ///< JSON.
  std::string invoked_arn;
  std::string client_context;  ///< As the caller sent it, decoded; or empty.
};

struct InvocationResult {
  enum class Kind {
    Succeeded,
    FunctionError,  ///< `payload` is the error's JSON.
    Throttled,      ///< No instance may be added.
    CannotStart,    ///< Our failure or the machine's; `payload` says why.
  };
  Kind kind = Kind::Succeeded;
  std::string payload;
  std::string log_tail;  ///< The last 4 KiB of this invocation's log.
};

using InvocationDone = std::function<void(InvocationResult)>;

using LogLine = dispatch::LogLine;

/// Receives what instances log, in order for each stream. Called on the pool's thread; brief.
using LogSink = std::function<void(const std::shared_ptr<const Image>& image, const std::string& stream,
                                   std::vector<LogLine> lines)>;

}  // namespace thimble::services::lambda::runtime
