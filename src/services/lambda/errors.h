// Lambda's errors, word for word.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_Errors and its siblings
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::lambda {

inline base::ApiError userError(std::string code, std::string message, int status) {
  return {std::move(code), std::move(message), status, base::Json::object({{"Type", "User"}})};
}

inline base::ApiError invalidParameter(std::string message) {
  return userError("InvalidParameterValueException", std::move(message), 400);
}
inline base::ApiError resourceNotFound(std::string message) {
  return userError("ResourceNotFoundException", std::move(message), 404);
}
inline base::ApiError resourceConflict(std::string message) {
  return userError("ResourceConflictException", std::move(message), 409);
}
inline base::ApiError preconditionFailed(std::string message) {
  return userError("PreconditionFailedException", std::move(message), 412);
}

inline base::ApiError functionNotFound(const std::string& arn) {
  return resourceNotFound("Function not found: " + arn);
}
inline base::ApiError functionExists(const std::string& name) {
  return resourceConflict("Function already exist: " + name);
}
inline base::ApiError aliasNotFound(const std::string& arn) {
  return resourceNotFound("Cannot find alias arn: " + arn);
}
inline base::ApiError aliasExists(const std::string& arn) {
  return resourceConflict("Alias already exists: " + arn);
}
inline base::ApiError qualifierMismatch() {
  return invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
}
inline base::ApiError roleNotAssumable() {
  return invalidParameter("The role defined for the function cannot be assumed by Lambda.");
}
inline base::ApiError revisionMismatch(const std::string& operation) {
  return preconditionFailed("The Revision Id provided does not match the latest Revision Id. Call the " + operation +
                            " API to retrieve the latest Revision Id");
}
inline base::ApiError badArchive() {
  return invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
}
inline base::ApiError unzippedTooLarge() {
  return invalidParameter("Unzipped size must be smaller than 262144000 bytes");
}
inline base::ApiError validationError(const std::string& value, const std::string& member,
                                      const std::string& constraint) {
  return {"ValidationException",
          "1 validation error detected: Value '" + value + "' at '" + member +
              "' failed to satisfy constraint: " + constraint,
          400};
}
inline base::ApiError throttled(const std::string& reason) {
  base::ApiError error = userError("TooManyRequestsException", "Rate Exceeded.", 429);
  error.details.set("Reason", reason);
  return error;
}
/// A parameter that exists on AWS and does not here.
inline base::ApiError notHere(const std::string& parameter) {
  return invalidParameter("The parameter " + parameter + " is not supported by Thimble.");
}

}  // namespace thimble::services::lambda
