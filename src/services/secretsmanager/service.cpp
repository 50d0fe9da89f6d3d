#include "services/secretsmanager/service.h"

namespace thimble::services::secretsmanager {

void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer) {
  registerSecrets(registry, sealer);
  registerValues(registry, sealer);
  registerDeletion(registry, sealer);
  registerListing(registry, sealer);
  registerTags(registry, sealer);
  registerPolicies(registry, sealer);
  registerRandomPassword(registry, sealer);
}

}  // namespace thimble::services::secretsmanager
