// Amazon CloudWatch Logs.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::logs {

/// Registers the operations of CloudWatch Logs.
void registerOperations(dispatch::Registry& registry);

}  // namespace thimble::services::logs
