// Each file of operations registers its own.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::logs {

void registerGroups(dispatch::Registry& registry);
void registerStreams(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerPutLogEvents(dispatch::Registry& registry);
void registerGetLogEvents(dispatch::Registry& registry);
void registerFilterLogEvents(dispatch::Registry& registry);
void registerMetricFilters(dispatch::Registry& registry);
void registerSubscriptionFilters(dispatch::Registry& registry);
void registerDeliveryDestinations(dispatch::Registry& registry);
void registerExportTasks(dispatch::Registry& registry);
void registerQueries(dispatch::Registry& registry);
void registerQueryDefinitions(dispatch::Registry& registry);
void registerResourcePolicies(dispatch::Registry& registry);

}  // namespace thimble::services::logs
