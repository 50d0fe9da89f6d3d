// Answers of operations that begin something wait for it a little.
//
// The waiters of AWS's clients look at once, then every 30 seconds (`aws cloudformation deploy` too). Most stacks are
// done in a fraction of a second here, so their answers leave when they are done, or after kLongestDelay.
#include <atomic>

#include "dispatch/kernel.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stacks.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

constexpr std::int64_t kLongestDelay = 1'000;  // Milliseconds.

/// The stack that the call began something with, or empty.
std::string stackOf(store::Transaction& transaction, const dispatch::Call& call, const dispatch::Answer& answer) {
  if (answer.output.contains("StackId")) return answer.output.stringAt("StackId");
  const std::string change_set = call.input.stringAt("ChangeSetName");
  if (change_set.compare(0, 4, "arn:") == 0) {
    const auto found = kChangeSets.get(transaction, call.account, call.region, change_set);
    return found ? found->stack_id() : std::string();
  }
  const auto stack = findStack(transaction, call.account, call.region, call.input.stringAt("StackName"));
  return stack ? stack->id() : std::string();
}

void settle(const dispatch::Environment& environment, dispatch::Kernel& kernel, const dispatch::Call& call,
            const dispatch::Answer& answer, std::function<void()> done) {
  const auto finish = [given = std::make_shared<std::atomic_flag>(), done = std::move(done)] {
    if (!given->test_and_set()) done();
  };
  environment.executor.post([&environment, &kernel, call, answer, finish] {
    std::string id;
    {
      store::Transaction transaction = environment.store.begin();
      id = stackOf(transaction, call, answer);
    }
    if (id.empty()) return finish();
    // Await before looking: an operation that ends in between is seen by one of the two.
    kernel.await({std::string(kStackProcess), id}, [finish](const base::Json&) { finish(); });
    store::Transaction transaction = environment.store.begin();
    if (!kOperations.has(transaction, id)) return finish();
    environment.executor.postAt(environment.clock.now().plusMilliseconds(kLongestDelay), finish);
  });
}

}  // namespace

void registerSettling(dispatch::Registry& registry) {
  registry.delayAnswers<shape::CreateStack>(settle);
  registry.delayAnswers<shape::UpdateStack>(settle);
  registry.delayAnswers<shape::DeleteStack>(settle);
  registry.delayAnswers<shape::ContinueUpdateRollback>(settle);
  registry.delayAnswers<shape::ExecuteChangeSet>(settle);
}

}  // namespace thimble::services::cloudformation
