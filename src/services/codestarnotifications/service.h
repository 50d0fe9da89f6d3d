// AWS CodeStar Notifications.
#pragma once

#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "services/codestarnotifications/notification_process.h"

namespace thimble::services::codestarnotifications {

/// Outlives the kernel that it registers with.
class Service {
 public:
  void registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel);

 private:
  EventTaking events_;
  Delivery deliveries_;
};

}  // namespace thimble::services::codestarnotifications
