// Calls to S3, and of imports to CloudWatch Logs, as the caller of an export or import.
#pragma once

#include <memory>
#include <string>

#include "dispatch/context.h"

namespace thimble::services::dynamodb {

/// Makes the call as the context's caller and gives its outcome in a turn of its own.
void callS3(const std::shared_ptr<dispatch::AsyncContext>& context, std::string operation, base::Json input,
            platform::ByteSourcePointer body, dispatch::CallDone done);

/// The same of any service.
void callAsCaller(const std::shared_ptr<dispatch::AsyncContext>& context, std::string service, std::string operation,
                  base::Json input, platform::ByteSourcePointer body, dispatch::CallDone done);

/// A call to S3 that failed, as the code and message of an export's or import's failure.
base::Json failureOf(const base::ApiError& error);

}  // namespace thimble::services::dynamodb
