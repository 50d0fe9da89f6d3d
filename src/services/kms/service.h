// AWS Key Management Service.
#pragma once

#include "dispatch/sealed_context.h"

namespace thimble::services::kms {

void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer);

// One a file.
void registerKeys(dispatch::Registry& registry, platform::Sealer& sealer);
void registerAliases(dispatch::Registry& registry, platform::Sealer& sealer);
void registerCryptography(dispatch::Registry& registry, platform::Sealer& sealer);
void registerPolicies(dispatch::Registry& registry, platform::Sealer& sealer);
void registerTags(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::kms
