// Sequence numbers of stream records, given before the commit that writes them.
//
// Commits may become durable in another order than that of their numbers. So a reader must not go past a number whose
// commit is still under way: `horizon` says how far it may.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/time.h"
#include "dispatch/waiters.h"

namespace thimble::services::dynamodb {

class Sequencer : public std::enable_shared_from_this<Sequencer> {
 public:
  /// A number under way. Hold it until the transaction is committed or given up.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Sequencer> owner, std::int64_t stream, std::int64_t number)
        : owner_(std::move(owner)), stream_(stream), number_(number) {}
    ~Ticket() {
      owner_->settle(number_);
      owner_->waiters_.notify(std::to_string(stream_));
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    std::int64_t number() const { return number_; }

   private:
    std::shared_ptr<Sequencer> owner_;
    std::int64_t stream_;
    std::int64_t number_;
  };

  /// Makes the numbers of this run of the server go on after those of earlier ones, whatever the clock was set to
  /// since. Before the first take() and horizon() of a stream; `last` gives its last number, and is asked once.
  template <typename Last>
  void meet(std::int64_t stream, const Last& last) {
    {
      const std::lock_guard lock(mutex_);
      if (met_.contains(stream)) return;
    }
    const std::int64_t number = last();
    const std::lock_guard lock(mutex_);
    last_ = std::max(last_, number);
    met_.insert(stream);
  }

  /// For a record of the stream, or of a table's changes. Greater than all before it in this run of the server and in
  /// the streams that were met.
  std::shared_ptr<Ticket> take(std::int64_t stream, base::Timestamp now) {
    const std::lock_guard lock(mutex_);
    last_ = std::max(last_ + 1, now.milliseconds << kBitsBelowMilliseconds);
    open_.insert(last_);
    return std::make_shared<Ticket>(shared_from_this(), stream, last_);
  }

  /// Every record up to this number is in any snapshot that is taken afterwards, or never will be.
  std::int64_t horizon(base::Timestamp now) {
    const std::lock_guard lock(mutex_);
    if (!open_.empty()) return *open_.begin() - 1;
    return std::max(last_, (now.milliseconds << kBitsBelowMilliseconds) - 1);
  }

  /// When a number was given, in microseconds since 1970. Below a millisecond they only count.
  static std::int64_t microsecondsOf(std::int64_t number) {
    constexpr std::int64_t kMicrosecondsPerMillisecond = 1000;
    const std::int64_t below = number & ((std::int64_t{1} << kBitsBelowMilliseconds) - 1);
    return (number >> kBitsBelowMilliseconds) * kMicrosecondsPerMillisecond +
           std::min(below, kMicrosecondsPerMillisecond - 1);
  }

  /// The first number of a time.
  static std::int64_t firstOf(base::Timestamp time) { return time.milliseconds << kBitsBelowMilliseconds; }

  /// Those who wait for records, by the stream's number as text. They are told whenever a number of the stream is
  /// settled; the record may still be above the horizon then.
  dispatch::Waiters& waiters() { return waiters_; }

 private:
  static constexpr int kBitsBelowMilliseconds = 20;

  void settle(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    open_.erase(number);
  }

  dispatch::Waiters waiters_;
  std::mutex mutex_;
  std::int64_t last_ = 0;
  std::set<std::int64_t> open_;
  std::set<std::int64_t> met_;
};

}  // namespace thimble::services::dynamodb
