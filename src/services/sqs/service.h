// Amazon Simple Queue Service.
#pragma once

#include <functional>
#include <string>

#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "dispatch/waiters.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/queues.h"

namespace thimble::services::sqs {

/// Outlives the registry and the kernel that it registers with.
class Service {
 public:
  /// `endpoint` gives the server's own URL, in which queues' URLs begin; asked at each call.
  explicit Service(std::function<std::string()> endpoint) : endpoint_(std::move(endpoint)) {}
  void registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel);

 private:
  std::function<std::string()> endpoint_;
  dispatch::Waiters waiters_;
  Cleanup cleanup_;
  MoveTasks move_tasks_{waiters_};
};

// One a file. What is given by reference is borrowed.
void registerQueues(dispatch::Registry& registry, const std::function<std::string()>& endpoint);
void registerAttributes(dispatch::Registry& registry);
void registerSend(dispatch::Registry& registry, dispatch::Waiters& waiters);
void registerReceive(dispatch::Registry& registry, dispatch::Waiters& waiters);
void registerInFlight(dispatch::Registry& registry, dispatch::Waiters& waiters);
void registerTags(dispatch::Registry& registry);
void registerPermissions(dispatch::Registry& registry);
void registerMoveTasks(dispatch::Registry& registry);

}  // namespace thimble::services::sqs
