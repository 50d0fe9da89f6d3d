#include "services/logs/service.h"

#include "services/logs/export_tasks.h"
#include "services/logs/registration.h"
#include "services/logs/subscription_filters.h"

namespace thimble::services::logs {

void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerGroups(registry);
  registerStreams(registry);
  registerTags(registry);
  registerPutLogEvents(registry);
  registerGetLogEvents(registry);
  registerFilterLogEvents(registry);
  registerMetricFilters(registry);
  registerSubscriptionFilters(registry);
  registerDeliveryDestinations(registry);
  registerExportTasks(registry);
  registerQueries(registry);
  registerQueryDefinitions(registry);
  registerResourcePolicies(registry);
  static SubscriptionDeliveries deliveries;  // Stateless: what it decides on is in the rows.
  kernel.addKind(SubscriptionDeliveries::kName, deliveries);
  static ExportTasks exports;  // As well.
  kernel.addKind(ExportTasks::kName, exports);
}

}  // namespace thimble::services::logs
