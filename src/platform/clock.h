// The time of day, from outside.
#pragma once

#include <atomic>

#include "base/time.h"

namespace thimble::platform {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual base::Timestamp now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  base::Timestamp now() const override;
};

/// A clock that stands still until it is told to move. Safe to read from any thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(base::Timestamp start = {1'700'000'000'000}) : now_(start.milliseconds) {}
  base::Timestamp now() const override { return {now_.load()}; }
  void advance(std::int64_t milliseconds) { now_ += milliseconds; }
  void set(base::Timestamp time) { now_ = time.milliseconds; }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace thimble::platform
