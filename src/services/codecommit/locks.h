// One change at a time a repository, without a thread that waits.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "platform/executor.h"

namespace thimble::services::codecommit {

class Locks {
 public:
  explicit Locks(platform::Executor& executor) : state_(std::make_shared<State>(executor)) {}

  /// Held until the last copy goes.
  using Guard = std::shared_ptr<void>;

  /// Runs `work` on the executor once the repository is free, in the order of the calls.
  void acquire(const std::string& id, std::function<void(Guard)> work) {
    {
      const std::lock_guard lock(state_->mutex);
      auto& queue = state_->queues[id];
      queue.push_back(std::move(work));
      if (queue.size() > 1) return;
    }
    begin(state_, id);
  }

 private:
  struct State {
    explicit State(platform::Executor& own) : executor(own) {}
    platform::Executor& executor;
    std::mutex mutex;
    std::map<std::string, std::deque<std::function<void(Guard)>>> queues;  ///< The first of each is the holder.
  };

  static void begin(const std::shared_ptr<State>& state, const std::string& id) {
    state->executor.post([state, id] {
      std::function<void(Guard)> work;
      {
        const std::lock_guard lock(state->mutex);
        work = std::move(state->queues[id].front());
      }
      work(Guard(nullptr, [state, id](void*) {
        {
          const std::lock_guard lock(state->mutex);
          const auto found = state->queues.find(id);
          found->second.pop_front();
          if (found->second.empty()) {
            state->queues.erase(found);
            return;
          }
        }
        begin(state, id);
      }));
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace thimble::services::codecommit
