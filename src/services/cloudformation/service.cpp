#include "services/cloudformation/service.h"

#include "services/cloudformation/dynamic_references.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_process.h"
#include "services/cloudformation/stack_responses.h"

namespace thimble::services::cloudformation {

void registerOperations(dispatch::Registry& registry, const Addresses& addresses) {
  registerCreateStack(registry);
  registerUpdateStack(registry);
  registerDeleteStack(registry);
  registerCreateChangeSet(registry);
  registerChangeSets(registry);
  registerDescribeStacks(registry, addresses);
  registerStackResources(registry);
  registerTemplates(registry);
  registerExports(registry);
  registerStackPolicies(registry);
  registerSettling(registry);
  registerDynamicReferences(registry);
  registerStackResponses(registry, addresses);
}

std::unique_ptr<dispatch::ProcessKind> makeStackProcess() {
  return std::make_unique<StackProcess>();
}

}  // namespace thimble::services::cloudformation
