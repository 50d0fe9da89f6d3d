// The operations, by file. Sealers are borrowed.
#pragma once

#include "dispatch/registry.h"
#include "platform/sealer.h"
#include "services/codepipeline/service.h"

namespace thimble::services::codepipeline {

void registerPipelines(dispatch::Registry& registry, const Settings& settings);
void registerExecutions(dispatch::Registry& registry);
void registerActionExecutions(dispatch::Registry& registry);
void registerState(dispatch::Registry& registry);
void registerTransitions(dispatch::Registry& registry);
void registerApprovals(dispatch::Registry& registry);
void registerJobs(dispatch::Registry& registry, const platform::Sealer& sealer);
void registerThirdPartyJobs(dispatch::Registry& registry, const platform::Sealer& sealer);
void registerActionTypes(dispatch::Registry& registry);
void registerPartnerActionTypes(dispatch::Registry& registry);
void registerRules(dispatch::Registry& registry);
void registerRollback(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerActionRevisions(dispatch::Registry& registry);

}  // namespace thimble::services::codepipeline
