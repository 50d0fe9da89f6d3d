// Brings what functions and builds log to CloudWatch Logs, under their roles, in order for each stream.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/doorway.h"
#include "dispatch/log_line.h"

namespace thimble::dispatch {

/// Where lines go, and as whom.
struct LogTarget {
  std::string account;
  std::string region;
  std::string role_arn;
  std::string service_principal;  ///< Who assumes the role, for example "lambda.amazonaws.com".
  std::string session_name;
  std::string group;
};

/// A role without the permission logs nothing, as on AWS. What waits is bounded: beyond it lines are left out, and the
/// stream says so. Lines go at once; where a stream has had many puts in a row, as of a function that is called in
/// a loop, the next ones go together, some tens of milliseconds apart, so that the calls are not slowed down by
/// commits.
class LogDelivery : public std::enable_shared_from_this<LogDelivery> {
 public:
  explicit LogDelivery(dispatch::Doorway& doorway) : doorway_(doorway) {}

  void deliver(const LogTarget& target, const std::string& stream, std::vector<LogLine> lines);
  /// Makes the stream now, and its group when there is none; `done` gets the refusal, if any.
  void begin(const LogTarget& target, const std::string& stream, std::function<void(base::Result<void>)> done);
  /// Calls `done` once all that was given for the stream has been put or refused.
  void flush(const std::string& stream, std::function<void()> done);
  /// Delivers nothing from now on.
  void stop();

 private:
  struct Stream {
    LogTarget target;
    std::deque<LogLine> lines;
    bool made = false;     ///< Group and stream exist.
    bool busy = false;     ///< A call is under way, or to be made.
    bool waiting = false;  ///< It is to be made at nextPut().
    /// Moves on with each put; how far it is ahead of the clock tells how many there were lately.
    base::Timestamp pace{0};
    base::Timestamp nextPut() const;
    std::size_t left_out = 0;
    std::function<void(base::Result<void>)> begun;
    std::vector<std::function<void()>> flushed;
  };

  /// Has next() run, now or at the stream's next put. The lock is held.
  void schedule(const std::string& name, Stream& stream);
  void next(const std::string& stream);
  void make(const std::string& stream, const LogTarget& target);
  void put(const std::string& stream, const LogTarget& target, std::vector<LogLine> lines);
  /// A call is done. `made`: group and stream are known to be there. `refusal`: the stream cannot be made.
  void finished(const std::string& stream, bool made, std::optional<base::ApiError> refusal = {});
  dispatch::Call call(const LogTarget& target, std::string operation, base::Json input) const;

  dispatch::Doorway& doorway_;
  std::mutex mutex_;
  std::map<std::string, Stream> streams_;  ///< By stream; an entry goes when it is idle and has been for a while.
  std::size_t waiting_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace thimble::dispatch
