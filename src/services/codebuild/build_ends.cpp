#include "services/codebuild/build_ends.h"

#include <utility>

#include "services/codebuild/build_process.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

using base::Json;

void BuildEnds::await(const std::string& process_id, std::function<void()> told) {
  const std::lock_guard lock(mutex_);
  waiting_[process_id].push_back(std::move(told));
}

void BuildEnds::ended(const std::string& process_id) {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(process_id);
    if (found == waiting_.end()) return;
    waiting = std::move(found->second);
    waiting_.erase(found);
  }
  for (const std::function<void()>& told : waiting) told();
}

void registerAwaitBuild(dispatch::Registry& registry, BuildEnds& ends) {
  registry.addInternal(
      kInternalService, "AwaitBuild",
      [&ends](const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
        const Place place{context->account(), context->region()};
        const std::string id = context->call().input.stringAt("id");
        const std::string process_id = buildProcess(place, id).id;
        // Looked at after it is waited for: an end in between is told twice, and heard once.
        ends.await(process_id, [context, done] {
          context->environment().executor.post([done] { done(dispatch::Answer{Json::object(), nullptr, 0}); });
        });
        store::Transaction transaction = context->environment().store.begin();
        const auto document = findBuild(transaction, place, id);
        if (!document || (*document)["Build"]["buildComplete"] == Json(true)) ends.ended(process_id);
      });
}

}  // namespace thimble::services::codebuild
