#include "services/iam/service.h"

#include "services/iam/registration.h"

namespace thimble::services::iam {

void registerOperations(dispatch::Registry& registry) {
  registerUsers(registry);
  registerGroups(registry);
  registerRoles(registry);
  registerServiceLinkedRoles(registry);
  registerInlinePolicies(registry);
  registerAttachments(registry);
  registerBoundaries(registry);
  registerPolicies(registry);
  registerPolicyVersions(registry);
  registerAccessKeys(registry);
  registerServiceSpecificCredentials(registry);
  registerInstanceProfiles(registry);
  registerTags(registry);
  registerAccount(registry);
  registerSimulation(registry);
}

}  // namespace thimble::services::iam
