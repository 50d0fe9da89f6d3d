// AWS Systems Manager: Parameter Store.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::ssm {

/// Registers the operations of Parameter Store.
void registerOperations(dispatch::Registry& registry);

}  // namespace thimble::services::ssm
