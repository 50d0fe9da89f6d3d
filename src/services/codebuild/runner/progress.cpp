#include "services/codebuild/runner/progress.h"

namespace thimble::services::codebuild::runner {

using base::Json;

void Progress::tell(const Json& phases) {
  {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->told;
    shared_->next = phases;
    if (shared_->busy) return;
    shared_->busy = true;
  }
  send(context_.shared_from_this(), process_, shared_);
}

void Progress::settle() {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return !shared_->busy; });
}

void Progress::send(const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::ProcessReference& process,
                    const std::shared_ptr<Shared>& shared) {
  Json phases;
  std::uint64_t told = 0;
  {
    const std::lock_guard lock(shared->mutex);
    phases = shared->next;
    told = shared->told;
  }
  context->transact<bool>(
      [process, phases](dispatch::Context& transacting) -> base::Result<bool> {
        transacting.signal(process, Json::object({{"Phases", phases}}));
        return true;
      },
      [context, process, shared, told](base::Result<bool>) {
        {
          const std::lock_guard lock(shared->mutex);
          if (shared->told == told) {
            shared->busy = false;
            shared->changed.notify_all();
            return;
          }
        }
        context->environment().executor.post([context, process, shared] { send(context, process, shared); });
      });
}

}  // namespace thimble::services::codebuild::runner
