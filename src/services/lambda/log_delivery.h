// Brings what instances log to CloudWatch Logs, under the function's role, in order for each stream.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dispatch/doorway.h"
#include "services/lambda/runtime/image.h"

namespace thimble::services::lambda {

/// Where a function logs, and as whom.
struct LogTarget {
  std::string account;
  std::string region;
  std::string role_arn;
  std::string function_name;
  std::string group;
};

/// A role without the permission logs nothing, as on AWS. What waits is bounded: beyond it lines are left out, and the
/// stream says so.
class LogDelivery : public std::enable_shared_from_this<LogDelivery> {
 public:
  explicit LogDelivery(dispatch::Doorway& doorway) : doorway_(doorway) {}

  void deliver(const LogTarget& target, const std::string& stream, std::vector<runtime::LogLine> lines);
  /// Delivers nothing from now on.
  void stop();

 private:
  struct Stream {
    LogTarget target;
    std::deque<runtime::LogLine> lines;
    bool made = false;  ///< Group and stream exist.
    bool busy = false;  ///< A call is under way.
    std::size_t left_out = 0;
  };

  void next(const std::string& stream);
  void make(const std::string& stream, const LogTarget& target);
  void put(const std::string& stream, const LogTarget& target, std::vector<runtime::LogLine> lines);
  void finished(const std::string& stream, bool made, bool failed);
  dispatch::Call call(const LogTarget& target, std::string operation, base::Json input) const;

  dispatch::Doorway& doorway_;
  std::mutex mutex_;
  std::map<std::string, Stream> streams_;  ///< By stream; an entry goes when it is idle and has been for a while.
  std::size_t waiting_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace thimble::services::lambda
