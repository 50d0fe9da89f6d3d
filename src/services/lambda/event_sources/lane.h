// The records of a stream that wait for a function, in order: what is invoked next, and what becomes of it afterwards.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace thimble::services::lambda::event_sources {

/// How a mapping treats failures.
struct RetryRules {
  std::int64_t most_retries = -1;      ///< -1: no end.
  std::int64_t most_age_seconds = -1;  ///< -1: as long as the stream keeps them.
  bool bisect = false;
};

class Lane {
 public:
  Lane() = default;
  /// An invocation gets `batch_size` of the records at most.
  Lane(std::vector<base::Json> records, std::size_t batch_size);
  static Lane fromJson(const base::Json& json);
  base::Json toJson() const;

  bool empty() const { return records_.empty(); }
  /// The records of the next invocation; at least one unless the lane is empty.
  std::vector<base::Json> batch() const;
  /// Invocations of this batch that have failed.
  std::int64_t attempts() const { return attempts_; }

  /// Takes the records at the front away that are older than the rules allow, and gives them.
  std::vector<base::Json> takeExpired(const RetryRules& rules, std::int64_t now_milliseconds);

  void succeed();
  struct Failure {
    std::vector<base::Json> given_up;    ///< Records that are tried no more, taken away.
    std::int64_t invocations = 0;        ///< How often they were tried.
    std::int64_t wait_milliseconds = 0;  ///< Until the next invocation.
  };
  /// `first_failed`: the index in the batch up to which records have succeeded; 0 when none has.
  Failure fail(std::size_t first_failed, const RetryRules& rules);
  /// Not the function's fault, so that it does not count; gives the milliseconds until the next invocation.
  std::int64_t postpone();

 private:
  void take(std::size_t count);

  std::vector<base::Json> records_;
  std::vector<std::size_t> parts_;  ///< How many records each of the next batches has; together all of them.
  std::int64_t attempts_ = 0;
  std::int64_t postponed_ = 0;
};

}  // namespace thimble::services::lambda::event_sources
