#include "services/states/service.h"

#include "services/states/parts.h"

namespace thimble::services::states {

StepFunctions::StepFunctions() : parts_(std::make_unique<Parts>()) {}
StepFunctions::~StepFunctions() = default;

void StepFunctions::registerOperations(dispatch::Registry& registry) {
  registerStateMachines(registry);
  registerVersions(registry);
  registerAliases(registry);
  registerTags(registry);
  registerExecutions(registry);
  registerHistory(registry);
  registerExpress(registry, *parts_);
  registerActivities(registry, *parts_);
  registerTaskTokens(registry);
  registerTestState(registry);
}

void StepFunctions::registerProcesses(dispatch::Kernel& kernel) {
  kernel.addKind(kExecutionKind, parts_->executions);
  kernel.addKind(kExpressKind, parts_->express);
}

}  // namespace thimble::services::states
