// The groups of operations, each registered by its own source file.
#pragma once

#include "dispatch/registry.h"
#include "services/s3/encryption.h"

namespace thimble::services::s3 {

void registerBuckets(dispatch::Registry& registry);
void registerConfigurations(dispatch::Registry& registry);
void registerBucketSettings(dispatch::Registry& registry);
void registerNamedConfigurations(dispatch::Registry& registry);
void registerPolicies(dispatch::Registry& registry);
void registerAcls(dispatch::Registry& registry);
void registerNotifications(dispatch::Registry& registry);
void registerPuts(dispatch::Registry& registry, const EncryptionPointer& encryption);
void registerGets(dispatch::Registry& registry, const EncryptionPointer& encryption);
void registerAttributes(dispatch::Registry& registry);
void registerCopies(dispatch::Registry& registry, const EncryptionPointer& encryption);
void registerDeletes(dispatch::Registry& registry);
void registerLists(dispatch::Registry& registry);
void registerVersionLists(dispatch::Registry& registry);
void registerTagging(dispatch::Registry& registry);
void registerObjectLock(dispatch::Registry& registry);
void registerMultipart(dispatch::Registry& registry, const EncryptionPointer& encryption);
void registerCompletion(dispatch::Registry& registry);
void registerRestore(dispatch::Registry& registry);
void registerUploadLists(dispatch::Registry& registry);

}  // namespace thimble::services::s3
