#include "services/logs/errors.h"

#include <utility>

namespace thimble::services::logs {

base::ApiError resourceNotFound(std::string message) {
  return {"ResourceNotFoundException", std::move(message), 400};
}
base::ApiError groupNotFound() {
  return resourceNotFound("The specified log group does not exist.");
}
base::ApiError streamNotFound() {
  return resourceNotFound("The specified log stream does not exist.");
}
base::ApiError alreadyExists(std::string message) {
  return {"ResourceAlreadyExistsException", std::move(message), 400};
}
base::ApiError invalidParameter(std::string message) {
  return {"InvalidParameterException", std::move(message), 400};
}
base::ApiError limitExceeded() {
  return {"LimitExceededException", "Resource limit exceeded.", 400};
}

}  // namespace thimble::services::logs
