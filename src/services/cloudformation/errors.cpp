#include "services/cloudformation/errors.h"

namespace thimble::services::cloudformation {

using base::ApiError;

ApiError validationError(std::string message) {
  return {"ValidationError", std::move(message), 400};
}

ApiError stackWithIdDoesNotExist(std::string_view name) {
  return validationError("Stack with id " + std::string(name) + " does not exist");
}

ApiError stackDoesNotExist(std::string_view name) {
  return validationError("Stack [" + std::string(name) + "] does not exist");
}

ApiError stackAlreadyExists(std::string_view name) {
  return {"AlreadyExistsException", "Stack [" + std::string(name) + "] already exists", 400};
}

ApiError changeSetNotFound(std::string_view name) {
  return {"ChangeSetNotFound", "ChangeSet [" + std::string(name) + "] does not exist", 404};
}

ApiError changeSetAlreadyExists(std::string_view name) {
  return {"AlreadyExistsException", "ChangeSet " + std::string(name) + " already exists", 400};
}

ApiError invalidChangeSetStatus(std::string message) {
  return {"InvalidChangeSetStatus", std::move(message), 400};
}

ApiError insufficientCapabilities(std::string_view capabilities) {
  return {"InsufficientCapabilitiesException", "Requires capabilities : [" + std::string(capabilities) + "]", 400};
}

ApiError tokenAlreadyExists(std::string_view token) {
  return {"TokenAlreadyExistsException", "Token already exists: " + std::string(token), 400};
}

}  // namespace thimble::services::cloudformation
