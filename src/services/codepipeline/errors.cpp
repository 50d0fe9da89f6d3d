#include "services/codepipeline/errors.h"

namespace thimble::services::codepipeline {

using base::ApiError;

ApiError pipelineNotFound(const std::string& account, const std::string& name) {
  return {"PipelineNotFoundException", "Account '" + account + "' does not have a pipeline with name '" + name + "'"};
}
ApiError pipelineVersionNotFound(const std::string& name, std::int64_t version) {
  return {"PipelineVersionNotFoundException",
          "The pipeline with name '" + name + "' does not have a version '" + std::to_string(version) + "'"};
}
ApiError pipelineNameInUse(const std::string& name) {
  return {"PipelineNameInUseException", "A pipeline with the name '" + name + "' already exists in this account."};
}
ApiError executionNotFound(const std::string& id) {
  return {"PipelineExecutionNotFoundException", "The pipeline execution '" + id + "' was not found."};
}
ApiError executionNotStoppable(const std::string& id) {
  return {"PipelineExecutionNotStoppableException",
          "Unable to stop the pipeline execution. The execution with ID " + id + " is not in progress."};
}
ApiError duplicatedStopRequest(const std::string& id) {
  return {"DuplicatedStopRequestException",
          "The pipeline execution with ID " + id +
              " is already in a Stopping state. If you already chose to stop and wait, "
              "you cannot make that request again. You can choose to stop and abandon now."};
}
ApiError stageNotFound(const std::string& stage) {
  return {"StageNotFoundException", "The stage with name '" + stage + "' was not found"};
}
ApiError stageNotRetryable(const std::string& detail) {
  return {"StageNotRetryableException", detail};
}
ApiError notLatestExecution(const std::string& id) {
  return {"NotLatestPipelineExecutionException",
          "The pipeline execution with ID " + id + " is not the latest execution in the stage."};
}
ApiError actionNotFound(const std::string& action) {
  return {"ActionNotFoundException", "The action with name '" + action + "' was not found"};
}
ApiError actionTypeNotFound(const std::string& id) {
  return {"ActionTypeNotFoundException", "The action type " + id + " was not found."};
}
ApiError invalidApprovalToken() {
  return {"InvalidApprovalTokenException", "Invalid approval token"};
}
ApiError approvalAlreadyCompleted() {
  return {"ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected."};
}
ApiError jobNotFound(const std::string& id) {
  return {"JobNotFoundException", "Job with id " + id + " does not exist."};
}
ApiError invalidJobState(const std::string& status) {
  return {"InvalidJobStateException", "Cannot change job state from " + status + "."};
}
ApiError invalidNonce() {
  return {"InvalidNonceException", "The nonce was specified in an invalid format."};
}
ApiError invalidClientToken() {
  return {"InvalidClientTokenException", "The client token was specified in an invalid format"};
}
ApiError invalidNextToken() {
  return {"InvalidNextTokenException", "The next token was specified in an invalid format."};
}
ApiError invalidArn(const std::string& arn) {
  return {"InvalidArnException", "The resource ARN '" + arn + "' is invalid."};
}
ApiError resourceNotFound(const std::string& arn) {
  return {"ResourceNotFoundException", "The resource with ARN '" + arn + "' was not found."};
}
ApiError invalidTags(const std::string& detail) {
  return {"InvalidTagsException", detail};
}
ApiError tooManyTags() {
  return {"TooManyTagsException", "The tags limit for a resource has been exceeded: 50."};
}
ApiError limitExceeded(const std::string& detail) {
  return {"LimitExceededException", detail};
}
ApiError validation(const std::string& detail) {
  return {"ValidationException", detail};
}
ApiError conflict(const std::string& detail) {
  return {"ConflictException", detail};
}
ApiError invalidStructure(const std::string& detail) {
  return {"InvalidStructureException", detail};
}
ApiError invalidStage(const std::string& detail) {
  return {"InvalidStageDeclarationException", detail};
}
ApiError invalidAction(const std::string& detail) {
  return {"InvalidActionDeclarationException", detail};
}

}  // namespace thimble::services::codepipeline
