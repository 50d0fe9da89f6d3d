// DynamoDB's errors.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::dynamodb {

inline base::ApiError validationException(std::string message) {
  return {"ValidationException", std::move(message), 400};
}
/// "One or more parameter values were invalid: " and the rest.
inline base::ApiError invalidParameter(const std::string& rest) {
  return validationException("One or more parameter values were invalid: " + rest);
}
inline base::ApiError resourceNotFound(std::string message = "Requested resource not found") {
  return {"ResourceNotFoundException", std::move(message), 400};
}
inline base::ApiError tableNotFound(const std::string& table) {
  return resourceNotFound("Requested resource not found: Table: " + table + " not found");
}
inline base::ApiError resourceInUse(std::string message) {
  return {"ResourceInUseException", std::move(message), 400};
}
inline base::ApiError limitExceeded(std::string message) {
  return {"LimitExceededException", std::move(message), 400};
}
inline base::ApiError idempotentParameterMismatch() {
  return {"IdempotentParameterMismatchException",
          "Request parameters do not match those of an earlier request with the same client token", 400};
}
inline base::ApiError recoveryUnavailable(const std::string& table) {
  return {"PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table '" + table + "'",
          400};
}
/// What AWS has and Thimble has not: it is refused by its name, so that it is never silently left out.
inline base::ApiError notImplemented(const std::string& what, const std::string& why = " yet") {
  return {"NotImplemented", "Thimble does not implement " + what + why + ".", 501};
}
inline base::ApiError accessDenied(std::string message) {
  return {"AccessDeniedException", std::move(message), 400};
}

}  // namespace thimble::services::dynamodb
