#include "services/states/errors.h"

namespace thimble::services::states {

using base::ApiError;

ApiError invalidArn(const std::string& detail) {
  return {"InvalidArn", "Invalid Arn: '" + detail + "'"};
}
ApiError invalidName(const std::string& name) {
  return {"InvalidName", "Invalid Name: '" + name + "'"};
}
ApiError invalidToken() {
  return {"InvalidToken", "Invalid Token: 'Invalid token'"};
}
ApiError invalidDefinition(const std::string& diagnostics) {
  return {"InvalidDefinition", "Invalid State Machine Definition: '" + diagnostics + "'"};
}
ApiError invalidExecutionInput(const std::string& detail) {
  return {"InvalidExecutionInput", "Invalid State Machine Execution Input: '" + detail + "'"};
}
ApiError invalidLoggingConfiguration(const std::string& detail) {
  return {"InvalidLoggingConfiguration", "Invalid Logging Configuration: " + detail};
}
ApiError invalidOutput(const std::string& detail) {
  return {"InvalidOutput", "Invalid Output: '" + detail + "'"};
}
ApiError stateMachineDoesNotExist(const std::string& arn) {
  return {"StateMachineDoesNotExist", "State Machine Does Not Exist: '" + arn + "'"};
}
ApiError stateMachineAlreadyExists(const std::string& arn) {
  return {"StateMachineAlreadyExists", "State Machine Already Exists: '" + arn + "'"};
}
ApiError stateMachineTypeNotSupported() {
  return {"StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"};
}
ApiError executionDoesNotExist(const std::string& arn) {
  return {"ExecutionDoesNotExist", "Execution Does Not Exist: '" + arn + "'"};
}
ApiError executionAlreadyExists(const std::string& arn) {
  return {"ExecutionAlreadyExists", "Execution Already Exists: '" + arn + "'"};
}
ApiError activityDoesNotExist(const std::string& arn) {
  return {"ActivityDoesNotExist", "Activity Does Not Exist: '" + arn + "'"};
}
ApiError resourceNotFound(const std::string& arn) {
  return {"ResourceNotFound", "Resource not found: '" + arn + "'"};
}
ApiError aliasNotFound() {
  return {"ResourceNotFound", "Request references a resource that does not exist."};
}
ApiError conflict(const std::string& detail) {
  return {"ConflictException", detail};
}
ApiError validation(const std::string& detail) {
  return {"ValidationException", detail};
}
ApiError taskTimedOut() {
  return {"TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"};
}
ApiError tooManyTags(const std::string& arn) {
  return {"TooManyTags", "Too Many Tags: '" + arn + "'"};
}
ApiError missingRequiredParameter(const std::string& detail) {
  return {"MissingRequiredParameter", detail};
}

}  // namespace thimble::services::states
