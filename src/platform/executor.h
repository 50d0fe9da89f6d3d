// Runs work later: on a pool of threads, or in tests when the test says so.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/clock.h"

namespace thimble::platform {

using Work = std::function<void()>;

class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `work` soon, on another stack. Work posted by one thread may run in any order.
  virtual void post(Work work) = 0;
  /// Runs `work` once the clock has reached `due`.
  virtual void postAt(base::Timestamp due, Work work) = 0;
};

/// A fixed number of threads. Destruction finishes the work in hand and drops what waits for its time.
class ThreadPool final : public Executor {
 public:
  /// Work that is due by `clock` is looked for at least every 50 ms, so a clock that jumps is noticed.
  ThreadPool(const Clock& clock, std::size_t threads);
  ~ThreadPool() override;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void post(Work work) override;
  void postAt(base::Timestamp due, Work work) override;
  /// Runs what is posted already, then ends the threads. Later posts are dropped. Idempotent.
  void stop();

 private:
  void run();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Work> queue_;
  std::multimap<base::Timestamp, Work> timed_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Work waits until the test runs it, on the test's own thread.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(FakeClock& clock) : clock_(clock) {}
  void post(Work work) override;
  void postAt(base::Timestamp due, Work work) override;

  /// Runs everything that is posted or due, and what that posts, until nothing is left. Returns how many ran.
  std::size_t runUntilIdle();
  /// Moves the clock to the earliest timed work due by `latest` and runs it; false when none waits.
  bool advanceToNext(base::Timestamp latest = {INT64_MAX});
  /// Runs the first of what is posted or due; false when there is nothing.
  bool runOne();
  /// Drops all that waits, as a crash would.
  void clear();

 private:
  FakeClock& clock_;
  std::mutex mutex_;
  std::deque<Work> queue_;
  std::multimap<base::Timestamp, Work> timed_;
};

}  // namespace thimble::platform
