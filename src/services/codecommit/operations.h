// The families of operations, each registered by its file.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

void registerRepositoryOperations(dispatch::Registry& registry, World& world);
void registerBranchOperations(dispatch::Registry& registry, World& world);
void registerCommitOperations(dispatch::Registry& registry, World& world);
void registerFileOperations(dispatch::Registry& registry, World& world);
void registerFileChanges(dispatch::Registry& registry, World& world);
void registerMergeConflicts(dispatch::Registry& registry, World& world);
void registerMergeOperations(dispatch::Registry& registry, World& world);
void registerPullRequestOperations(dispatch::Registry& registry, World& world);
void registerPullRequestMerges(dispatch::Registry& registry, World& world);
void registerApprovalOperations(dispatch::Registry& registry);
void registerApprovalTemplates(dispatch::Registry& registry);
void registerCommentOperations(dispatch::Registry& registry, World& world);
void registerTriggerOperations(dispatch::Registry& registry);
void registerTagOperations(dispatch::Registry& registry);

}  // namespace thimble::services::codecommit
