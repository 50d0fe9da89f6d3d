// The families of operations, each registered by its file.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

void registerRepositoryOperations(dispatch::Registry& registry, World& world);
void registerBranchOperations(dispatch::Registry& registry, World& world);
void registerTagOperations(dispatch::Registry& registry);

}  // namespace thimble::services::codecommit
