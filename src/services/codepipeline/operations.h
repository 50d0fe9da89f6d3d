// The operations, by file.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::codepipeline {

void registerPipelines(dispatch::Registry& registry);
void registerExecutions(dispatch::Registry& registry);
void registerActionExecutions(dispatch::Registry& registry);
void registerState(dispatch::Registry& registry);
void registerTransitions(dispatch::Registry& registry);
void registerApprovals(dispatch::Registry& registry);
void registerJobs(dispatch::Registry& registry);
void registerThirdPartyJobs(dispatch::Registry& registry);
void registerActionTypes(dispatch::Registry& registry);
void registerPartnerActionTypes(dispatch::Registry& registry);
void registerRules(dispatch::Registry& registry);
void registerRollback(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerActionRevisions(dispatch::Registry& registry);

}  // namespace thimble::services::codepipeline
