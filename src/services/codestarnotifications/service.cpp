#include "services/codestarnotifications/service.h"

#include "dispatch/event_outbox.h"
#include "services/codestarnotifications/operations.h"

namespace thimble::services::codestarnotifications {

void Service::registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerRules(registry);
  registerSubscriptions(registry);
  registerListings(registry);
  registerTags(registry);
  kernel.addKind(std::string(dispatch::kNotificationKind), events_);
  kernel.addKind(std::string(kDeliveryKind), deliveries_);
}

}  // namespace thimble::services::codestarnotifications
