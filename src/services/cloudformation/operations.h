// The operations, by family; each registers itself.
#pragma once

#include "dispatch/registry.h"
#include "services/cloudformation/service.h"

namespace thimble::services::cloudformation {

void registerCreateStack(dispatch::Registry& registry);
void registerUpdateStack(dispatch::Registry& registry);
void registerDeleteStack(dispatch::Registry& registry);
void registerCreateChangeSet(dispatch::Registry& registry);
void registerChangeSets(dispatch::Registry& registry);
void registerDescribeStacks(dispatch::Registry& registry, const Addresses& addresses);
void registerStackResources(dispatch::Registry& registry);
void registerTemplates(dispatch::Registry& registry);
void registerExports(dispatch::Registry& registry);
void registerStackPolicies(dispatch::Registry& registry);
/// After the operations that begin something.
void registerSettling(dispatch::Registry& registry);

}  // namespace thimble::services::cloudformation
