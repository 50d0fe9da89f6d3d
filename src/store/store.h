// The store: serialisable transactions over ordered rows, committed in groups.
//
// A transaction reads from one snapshot and remembers what it read. At commit a single thread checks that none of it
// has changed since; those that pass are merged with all others waiting into one synced write. So whoever waits pays
// for one sync together, and an answer that leaves after its commit is durable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/engine.h"
#include "store/key.h"

namespace thimble::store {

class RecentWrites;
class Store;

/// How a commit ended.
enum class CommitOutcome {
  Committed,  ///< Durable.
  Conflict,   ///< Something read has changed; nothing was written; run it again.
  Refused,    ///< The disk is full; nothing was written; a later try may succeed.
  Broken,     ///< The store takes no writes any more. The rows may or may not be there after a restart.
};

/// One unit of work on the rows. Used by one thread at a time.
class Transaction {
 public:
  Transaction(Transaction&&) = default;
  Transaction& operator=(Transaction&&) = default;

  /// Reads see this transaction's own writes.
  std::optional<std::string> get(std::string_view key);
  std::vector<Row> scan(const Range& range, const ScanOptions& options = {});
  /// All rows whose keys begin with `prefix`.
  std::vector<Row> scanPrefix(std::string_view prefix, const ScanOptions& options = {});

  void put(std::string key, std::string value);
  void erase(std::string key);

  /// Runs once the commit is durable, on the committing thread: it must be brief. Not run when the commit fails.
  void onCommitted(std::function<void()> action) { committed_.push_back(std::move(action)); }

  bool hasWrites() const { return !writes_.empty(); }

  /// What was written so far, to come back to when a part of the work fails.
  class Savepoint {
    friend class Transaction;
    std::map<std::string, std::optional<std::string>, std::less<>> writes;
    std::size_t committed = 0;
  };
  Savepoint savepoint() const;
  /// Undoes what was written since; reads stay remembered.
  void rollbackTo(Savepoint savepoint);

 private:
  friend class Store;
  Transaction(std::shared_ptr<const Snapshot> snapshot, std::uint64_t sequence)
      : snapshot_(std::move(snapshot)), sequence_(sequence) {}

  std::shared_ptr<const Snapshot> snapshot_;
  std::uint64_t sequence_;                ///< The snapshot holds the commits up to this number.
  std::vector<std::uint64_t> read_keys_;  ///< Their hashes.
  std::vector<Range> read_ranges_;
  std::map<std::string, std::optional<std::string>, std::less<>> writes_;
  std::vector<std::function<void()>> committed_;
};

/// Where commits are done. CallersThread: inside commit(), so that a test or simulation has one thread and one order.
enum class CommitMode { OwnThread, CallersThread };

class Store {
 public:
  explicit Store(std::unique_ptr<Engine> engine, CommitMode mode = CommitMode::OwnThread);
  /// Commits what is queued, then ends.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Transaction begin();

  /// Queues the commit. `done` runs on the committing thread and must be brief; for a transaction without writes it
  /// runs at once, on the caller's.
  void commit(Transaction transaction, std::function<void(CommitOutcome)> done);
  /// As commit, waiting for the outcome.
  CommitOutcome commitAndWait(Transaction transaction);

  /// Runs `work` in transactions until one commits; throws std::runtime_error when the store takes no writes. For
  /// start-up, tests and edges that may block.
  template <class F>
  auto transact(F&& work) {
    for (;;) {
      Transaction transaction = begin();
      if constexpr (std::is_void_v<decltype(work(transaction))>) {
        work(transaction);
        if (settled(commitAndWait(std::move(transaction)))) return;
      } else {
        auto result = work(transaction);
        if (settled(commitAndWait(std::move(transaction)))) return result;
      }
    }
  }

  struct Statistics {
    std::uint64_t commits = 0;
    std::uint64_t groups = 0;  ///< Synced writes; commits / groups is how many share one.
    std::uint64_t conflicts = 0;
  };
  Statistics statistics() const { return {commits_, groups_, conflicts_}; }
  /// False once a write failed in a way that only a restart mends.
  bool writable() const { return !broken_; }

 private:
  struct Pending {
    Transaction transaction;
    std::vector<Write> writes;
    std::function<void(CommitOutcome)> done;
    CommitOutcome outcome = CommitOutcome::Committed;
  };

  static bool settled(CommitOutcome outcome);
  void run();
  void drainOnCallersThread();
  void commitGroup(std::deque<Pending>& group);

  std::unique_ptr<Engine> engine_;
  std::atomic<std::uint64_t> commits_{0}, groups_{0}, conflicts_{0};
  std::atomic<bool> broken_{false};

  /// What transactions begin with: taken once a group, and shared.
  struct Current {
    std::shared_ptr<const Snapshot> snapshot;
    std::uint64_t sequence = 0;  ///< The last commit that it holds.
  };
  std::mutex current_mutex_;
  Current current_;

  // The committing thread's own.
  std::unique_ptr<RecentWrites> recent_;
  std::uint64_t sequence_ = 0;  ///< Of the last group.

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Pending> queue_;
  bool stopping_ = false;
  bool draining_ = false;  ///< CallersThread: a commit further up the stack works through the queue.
  std::thread thread_;     ///< Not started in CallersThread mode.
};

}  // namespace thimble::store
