// Workers that wait for an activity's next task. Known only to this run of the server.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace thimble::services::states {

class ActivityWaiters {
 public:
  /// `wake` is called once, when the activity gets a task, unless it is taken back before.
  std::uint64_t wait(const std::string& arn, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    waiting_[arn].emplace(++last_, std::move(wake));
    return last_;
  }
  void takeBack(const std::string& arn, std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(arn);
    if (found == waiting_.end()) return;
    found->second.erase(id);
    if (found->second.empty()) waiting_.erase(found);
  }
  /// Wakes all that wait: the first takes the task, the others wait again.
  void notify(const std::string& arn) {
    std::map<std::uint64_t, std::function<void()>> waiting;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find(arn);
      if (found == waiting_.end()) return;
      waiting = std::move(found->second);
      waiting_.erase(found);
    }
    for (const auto& [id, wake] : waiting) wake();
  }

 private:
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::string, std::map<std::uint64_t, std::function<void()>>> waiting_;
};

}  // namespace thimble::services::states
