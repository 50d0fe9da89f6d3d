#include "services/logs/service.h"

#include "services/logs/registration.h"

namespace thimble::services::logs {

void registerOperations(dispatch::Registry& registry) {
  registerGroups(registry);
  registerStreams(registry);
  registerTags(registry);
  registerPutLogEvents(registry);
  registerGetLogEvents(registry);
  registerFilterLogEvents(registry);
  registerMetricFilters(registry);
  registerResourcePolicies(registry);
}

}  // namespace thimble::services::logs
