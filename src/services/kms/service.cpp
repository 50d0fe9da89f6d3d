#include "services/kms/service.h"

namespace thimble::services::kms {

void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer) {
  registerKeys(registry, sealer);
  registerAliases(registry, sealer);
  registerCryptography(registry, sealer);
  registerPolicies(registry, sealer);
  registerTags(registry, sealer);
}

}  // namespace thimble::services::kms
