// AWS Secrets Manager.
#pragma once

#include "dispatch/sealed_context.h"

namespace thimble::services::secretsmanager {

void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer);

// One a file.
void registerSecrets(dispatch::Registry& registry, platform::Sealer& sealer);
void registerValues(dispatch::Registry& registry, platform::Sealer& sealer);
void registerDeletion(dispatch::Registry& registry, platform::Sealer& sealer);
void registerListing(dispatch::Registry& registry, platform::Sealer& sealer);
void registerTags(dispatch::Registry& registry, platform::Sealer& sealer);
void registerPolicies(dispatch::Registry& registry, platform::Sealer& sealer);
void registerRandomPassword(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::secretsmanager
