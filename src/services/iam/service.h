// AWS Identity and Access Management. Who decides calls is authorizer.h.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::iam {

/// Registers the operations of IAM.
void registerOperations(dispatch::Registry& registry);

}  // namespace thimble::services::iam
