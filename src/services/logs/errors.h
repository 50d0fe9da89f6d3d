// CloudWatch Logs' errors, by name.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::logs {

base::ApiError groupNotFound();
base::ApiError streamNotFound();
base::ApiError resourceNotFound(std::string message);
base::ApiError alreadyExists(std::string message);
base::ApiError invalidParameter(std::string message);
base::ApiError limitExceeded();

}  // namespace thimble::services::logs
