#include "services/iam/errors.h"

#include <utility>

namespace thimble::services::iam {

base::ApiError noSuchEntity(std::string message) {
  return {"NoSuchEntity", std::move(message), 404};
}
base::ApiError noSuchUser(const std::string& name) {
  return noSuchEntity("The user with name " + name + " cannot be found.");
}
base::ApiError noSuchGroup(const std::string& name) {
  return noSuchEntity("The group with name " + name + " cannot be found.");
}
base::ApiError noSuchRole(const std::string& name) {
  return noSuchEntity("The role with name " + name + " cannot be found.");
}
base::ApiError noSuchInstanceProfile(const std::string& name) {
  return noSuchEntity("Instance Profile " + name + " cannot be found.");
}
base::ApiError noSuchAccessKey(const std::string& id) {
  return noSuchEntity("The Access Key with id " + id + " cannot be found.");
}
base::ApiError policyNotFound(const std::string& arn) {
  return noSuchEntity("Policy " + arn + " was not found.");
}
base::ApiError policyNotAttachable(const std::string& arn) {
  return noSuchEntity("Policy " + arn + " does not exist or is not attachable.");
}

base::ApiError entityAlreadyExists(std::string message) {
  return {"EntityAlreadyExists", std::move(message), 409};
}
base::ApiError deleteConflict(std::string message) {
  return {"DeleteConflict", std::move(message), 409};
}
base::ApiError limitExceeded(std::string message) {
  return {"LimitExceeded", std::move(message), 409};
}
base::ApiError quotaExceeded(const std::string& quota, std::int64_t limit) {
  return limitExceeded("Cannot exceed quota for " + quota + ": " + std::to_string(limit));
}
base::ApiError malformedPolicyDocument(std::string message) {
  return {"MalformedPolicyDocument", std::move(message), 400};
}
base::ApiError invalidInput(std::string message) {
  return {"InvalidInput", std::move(message), 400};
}
base::ApiError validationError(std::string message) {
  return {"ValidationError", std::move(message), 400};
}
base::ApiError unmodifiableRole(const std::string& name) {
  return {"UnmodifiableEntity",
          "Cannot perform the operation on the protected role '" + name + "' - this role is only modifiable by AWS",
          400};
}

}  // namespace thimble::services::iam
