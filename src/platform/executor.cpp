#include "platform/executor.h"

#include <algorithm>
#include <chrono>

namespace thimble::platform {

ThreadPool::ThreadPool(const Clock& clock, std::size_t threads) : clock_(clock) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  ready_.notify_one();
}

void ThreadPool::postAt(base::Timestamp due, Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    timed_.emplace(due, std::move(work));
  }
  ready_.notify_one();
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    timed_.clear();
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable() && thread.get_id() != std::this_thread::get_id()) thread.join();
  }
}

void ThreadPool::run() {
  constexpr std::int64_t kLongestSleepMilliseconds = 50;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!timed_.empty()) {
      const base::Timestamp now = clock_.now();
      while (!timed_.empty() && timed_.begin()->first <= now) {
        queue_.push_back(std::move(timed_.begin()->second));
        timed_.erase(timed_.begin());
        if (queue_.size() > 1) ready_.notify_one();
      }
    }
    if (!queue_.empty()) {
      Work work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    } else if (stopping_) {
      return;
    } else if (timed_.empty()) {
      ready_.wait(lock);
    } else {
      const std::int64_t wait = timed_.begin()->first.milliseconds - clock_.now().milliseconds;
      ready_.wait_for(lock, std::chrono::milliseconds(std::clamp<std::int64_t>(wait, 1, kLongestSleepMilliseconds)));
    }
  }
}

void ManualExecutor::post(Work work) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
}

void ManualExecutor::postAt(base::Timestamp due, Work work) {
  const std::lock_guard lock(mutex_);
  timed_.emplace(due, std::move(work));
}

bool ManualExecutor::runOne() {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    while (!timed_.empty() && timed_.begin()->first <= clock_.now()) {
      queue_.push_back(std::move(timed_.begin()->second));
      timed_.erase(timed_.begin());
    }
    if (queue_.empty()) return false;
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  work();
  return true;
}

std::size_t ManualExecutor::runUntilIdle() {
  std::size_t count = 0;
  while (runOne()) ++count;
  return count;
}

void ManualExecutor::clear() {
  const std::lock_guard lock(mutex_);
  queue_.clear();
  timed_.clear();
}

bool ManualExecutor::advanceToNext(base::Timestamp latest) {
  {
    const std::lock_guard lock(mutex_);
    if (timed_.empty() || timed_.begin()->first > latest) return false;
    clock_.set(std::max(clock_.now(), timed_.begin()->first));
  }
  runUntilIdle();
  return true;
}

}  // namespace thimble::platform
