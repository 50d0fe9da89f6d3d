// Each file of operations registers its own.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::sts {

void registerCallerIdentity(dispatch::Registry& registry);
void registerAssumeRole(dispatch::Registry& registry);
void registerSessionTokens(dispatch::Registry& registry);

}  // namespace thimble::services::sts
