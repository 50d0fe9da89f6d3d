// Applications and endpoints of push services: kept and shown. Nothing is pushed: publishing to one is refused by name.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/sns/rows.h"

namespace thimble::services::sns {

/// Errors: InvalidParameter for what is no ARN, NotFound.
base::Result<rows::PlatformApplication> findApplication(dispatch::Context& context, const std::string& arn);
/// Errors: as above.
base::Result<rows::PlatformEndpoint> findEndpoint(dispatch::Context& context, const std::string& arn);

}  // namespace thimble::services::sns
