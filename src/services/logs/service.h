// Amazon CloudWatch Logs.
#pragma once

#include "dispatch/kernel.h"
#include "dispatch/registry.h"

namespace thimble::services::logs {

/// Registers the operations of CloudWatch Logs and the deliveries of subscription filters.
void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel);

}  // namespace thimble::services::logs
