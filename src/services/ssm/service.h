// AWS Systems Manager: Parameter Store.
#pragma once

#include "dispatch/sealed_context.h"

namespace thimble::services::ssm {

/// Registers the operations of Parameter Store.
void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::ssm
