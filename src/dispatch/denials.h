// The last refusals, for `thimble why-denied`.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/store.h"

namespace thimble::dispatch {

struct Denial {
  base::Timestamp time;
  std::string request_id;
  std::string service;  ///< The call's.
  std::string operation;
  std::string principal;  ///< ARN, or a service principal's name, or "anonymous".
  std::string action;     ///< What was not allowed; iam:PassRole may differ from the call's own.
  std::string resource;
  std::string message;                   ///< As the caller reads it.
  std::vector<std::string> explanation;  ///< Lines: which statements were looked at, and why none allowed.
  bool allowed_anyway = false;           ///< Only observed (--iam=observe).
};

/// A ring of kCapacity entries, in memory and in the store. Safe to use from any thread.
class DenialLog {
 public:
  static constexpr std::int64_t kCapacity = 256;

  /// Reads what an earlier run left. `store` is borrowed.
  explicit DenialLog(store::Store& store);

  /// Adds an entry, and commits it without waiting. The same refusal of the same request is kept once.
  void record(Denial denial);
  /// Newest first.
  std::vector<Denial> recent(std::size_t limit = kCapacity) const;

 private:
  store::Store& store_;
  mutable std::mutex mutex_;
  std::int64_t next_ = 0;
  std::deque<Denial> ring_;  ///< Oldest first.
};

/// "2026-11-23T18:51:02Z  arn:... may not states:StartExecution on arn:..." and indented lines of explanation.
std::string describe(const Denial& denial);

}  // namespace thimble::dispatch
