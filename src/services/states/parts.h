// What the operations of Step Functions share.
#pragma once

#include <string>

#include "dispatch/registry.h"
#include "services/states/activity_waiters.h"
#include "services/states/definition_cache.h"
#include "services/states/execution_process.h"
#include "services/states/express.h"

namespace thimble::services::states {

class Parts {
 public:
  DefinitionCache definitions;
  ActivityWaiters activity_waiters;
  ExecutionProcess executions{definitions, [this](const std::string& arn) { activity_waiters.notify(arn); }};
  ExpressProcess express;
};

void registerStateMachines(dispatch::Registry& registry);
void registerVersions(dispatch::Registry& registry);
void registerAliases(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerExecutions(dispatch::Registry& registry);
void registerHistory(dispatch::Registry& registry);
void registerExpress(dispatch::Registry& registry, Parts& parts);
void registerActivities(dispatch::Registry& registry, Parts& parts);
void registerTaskTokens(dispatch::Registry& registry);
void registerTestState(dispatch::Registry& registry);

}  // namespace thimble::services::states
