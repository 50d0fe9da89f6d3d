#include "services/s3/service.h"

#include "services/s3/notifications.h"
#include "services/s3/operations.h"

namespace thimble::services::s3 {

void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  static Deliveries deliveries;  // Stateless: what it decides on is in the rows.
  kernel.addKind(Deliveries::kName, deliveries);
  registerBuckets(registry);
  registerConfigurations(registry);
  registerBucketSettings(registry);
  registerNamedConfigurations(registry);
  registerPolicies(registry);
  registerAcls(registry);
  registerNotifications(registry);
  registerPuts(registry);
  registerGets(registry);
  registerAttributes(registry);
  registerCopies(registry);
  registerDeletes(registry);
  registerLists(registry);
  registerVersionLists(registry);
  registerTagging(registry);
  registerObjectLock(registry);
  registerMultipart(registry);
  registerCompletion(registry);
  registerRestore(registry);
  registerUploadLists(registry);
}

}  // namespace thimble::services::s3
