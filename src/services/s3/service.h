// Amazon Simple Storage Service.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
#pragma once

#include "dispatch/call_within.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"

namespace thimble::services::s3 {

/// Registers the operations of S3, the policies of its buckets and the delivery of their notifications. `call_within`
/// is how KMS is asked for keys; without it there are none.
void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel, dispatch::CallWithin call_within = {});

}  // namespace thimble::services::s3
