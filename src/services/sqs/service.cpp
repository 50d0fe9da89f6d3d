#include "services/sqs/service.h"

namespace thimble::services::sqs {

void Service::registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerQueues(registry, endpoint_);
  registerAttributes(registry);
  registerSend(registry, waiters_);
  registerReceive(registry, waiters_);
  registerInFlight(registry, waiters_);
  registerTags(registry);
  registerPermissions(registry);
  registerMoveTasks(registry);
  kernel.addKind(std::string(kCleanupKind), cleanup_);
  kernel.addKind(std::string(kMoveKind), move_tasks_);
  registry.addResourcePolicy("sqs", [](store::Transaction& transaction, const std::string& arn) {
    const auto queue = queueOfArn(transaction, arn);
    const std::string policy = queue ? queue->attribute("Policy") : std::string();
    return policy.empty() ? std::nullopt : std::optional<std::string>(policy);
  });
}

}  // namespace thimble::services::sqs
