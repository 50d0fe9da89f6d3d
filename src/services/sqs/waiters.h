// Receivers that wait for a message. Known only to this run of the server.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace thimble::services::sqs {

class Waiters {
 public:
  /// `wake` is called, once, when a message comes into the queue. It may find nothing, and then waits again.
  void wait(const std::string& queue_id, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    waiting_[queue_id].push_back(std::move(wake));
  }
  void notify(const std::string& queue_id) {
    std::vector<std::function<void()>> woken;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find(queue_id);
      if (found == waiting_.end()) return;
      woken = std::move(found->second);
      waiting_.erase(found);
    }
    for (const auto& wake : woken) wake();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::function<void()>>> waiting_;
};

}  // namespace thimble::services::sqs
