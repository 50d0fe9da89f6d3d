// Callers that wait for something to come: a message in a queue, a record in a stream. Known only to this run of the
// server.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace thimble::dispatch {

class Waiters {
 public:
  using Ticket = std::uint64_t;

  /// `wake` is called, once, when something comes to `place`, on the notifying thread. It may find nothing, and then
  /// waits again. Whoever stops waiting for another reason calls forget, or the closure is kept.
  Ticket wait(const std::string& place, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    waiting_[place].emplace(++last_, std::move(wake));
    return last_;
  }
  /// A ticket that was called meanwhile is fine.
  void forget(const std::string& place, Ticket ticket) {
    std::function<void()> dropped;  // Destroyed without the lock.
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(place);
    if (found == waiting_.end()) return;
    const auto entry = found->second.find(ticket);
    if (entry == found->second.end()) return;
    dropped = std::move(entry->second);
    found->second.erase(entry);
    if (found->second.empty()) waiting_.erase(found);
  }
  void notify(const std::string& place) {
    std::map<Ticket, std::function<void()>> woken;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find(place);
      if (found == waiting_.end()) return;
      woken = std::move(found->second);
      waiting_.erase(found);
    }
    for (const auto& [ticket, wake] : woken) wake();
  }

 private:
  std::mutex mutex_;
  Ticket last_ = 0;
  std::map<std::string, std::map<Ticket, std::function<void()>>> waiting_;
};

}  // namespace thimble::dispatch
