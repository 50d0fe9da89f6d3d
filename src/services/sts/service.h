// AWS Security Token Service.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::sts {

/// Registers the operations of STS.
void registerOperations(dispatch::Registry& registry);

}  // namespace thimble::services::sts
