// A build's phases on their way into its row.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/json.h"
#include "dispatch/context.h"
#include "dispatch/process.h"

namespace thimble::services::codebuild::runner {

/// Tells the process of the phases, one commit after the other; a state that was overtaken is left out.
class Progress {
 public:
  Progress(dispatch::AsyncContext& context, dispatch::ProcessReference process)
      : context_(context), process_(std::move(process)), shared_(std::make_shared<Shared>()) {}

  void tell(const base::Json& phases);
  /// Waits until all that was told is durable.
  void settle();

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    base::Json next;
    std::uint64_t told = 0;
    bool busy = false;
  };

  static void send(const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::ProcessReference& process,
                   const std::shared_ptr<Shared>& shared);

  dispatch::AsyncContext& context_;
  dispatch::ProcessReference process_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace thimble::services::codebuild::runner
