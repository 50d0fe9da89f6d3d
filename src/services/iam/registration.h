// Each file of operations registers its own.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::iam {

void registerUsers(dispatch::Registry& registry);
void registerGroups(dispatch::Registry& registry);
void registerRoles(dispatch::Registry& registry);
void registerServiceLinkedRoles(dispatch::Registry& registry);
void registerInlinePolicies(dispatch::Registry& registry);
void registerAttachments(dispatch::Registry& registry);
void registerBoundaries(dispatch::Registry& registry);
void registerPolicies(dispatch::Registry& registry);
void registerPolicyVersions(dispatch::Registry& registry);
void registerAccessKeys(dispatch::Registry& registry);
void registerServiceSpecificCredentials(dispatch::Registry& registry);
void registerInstanceProfiles(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerAccount(dispatch::Registry& registry);
void registerSimulation(dispatch::Registry& registry);

}  // namespace thimble::services::iam
