#include "services/s3/service.h"

#include "services/s3/lifecycle_pass.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"

namespace thimble::services::s3 {

void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel, dispatch::CallWithin call_within) {
  const auto encryption = std::make_shared<const Encryption>(std::move(call_within));
  static Deliveries deliveries;  // Stateless: what it decides on is in the rows.
  kernel.addKind(Deliveries::kName, deliveries);
  static LifecyclePasses lifecycle;  // As well.
  kernel.addKind(LifecyclePasses::kName, lifecycle);
  registerBuckets(registry);
  registerConfigurations(registry);
  registerBucketSettings(registry);
  registerNamedConfigurations(registry);
  registerPolicies(registry);
  registerAcls(registry);
  registerNotifications(registry);
  registerPuts(registry, encryption);
  registerGets(registry, encryption);
  registerAttributes(registry);
  registerCopies(registry, encryption);
  registerDeletes(registry);
  registerLists(registry);
  registerVersionLists(registry);
  registerTagging(registry);
  registerObjectLock(registry);
  registerMultipart(registry, encryption);
  registerCompletion(registry);
  registerRestore(registry);
  registerUploadLists(registry);
}

}  // namespace thimble::services::s3
