#include "services/sts/service.h"

#include "services/sts/registration.h"

namespace thimble::services::sts {

void registerOperations(dispatch::Registry& registry) {
  registerCallerIdentity(registry);
  registerAssumeRole(registry);
  registerSessionTokens(registry);
}

}  // namespace thimble::services::sts
