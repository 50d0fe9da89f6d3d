#include "services/codepipeline/service.h"

#include "services/codepipeline/artifact_operations.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/pipeline_process.h"
#include "services/codepipeline/webhooks.h"

namespace thimble::services::codepipeline {

void registerOperations(dispatch::Registry& registry, const Settings& settings) {
  registerPipelines(registry, settings);
  registerExecutions(registry);
  registerActionExecutions(registry);
  registerState(registry);
  registerTransitions(registry);
  registerApprovals(registry);
  registerJobs(registry, *settings.sealer);
  registerThirdPartyJobs(registry, *settings.sealer);
  registerActionTypes(registry);
  registerPartnerActionTypes(registry);
  registerRules(registry);
  registerRollback(registry);
  registerTags(registry);
  registerActionRevisions(registry);
  registerWebhooks(registry, settings);
  registerArtifactOperations(registry);
}

std::unique_ptr<dispatch::ProcessKind> makePipelineProcess(dispatch::Authorizer& authorizer) {
  return std::make_unique<PipelineProcess>(authorizer);
}

}  // namespace thimble::services::codepipeline
