#include "services/codecommit/errors.h"

namespace thimble::services::codecommit {

base::ApiError repositoryDoesNotExist(const std::string& name) {
  return makeError("RepositoryDoesNotExistException", name + " does not exist");
}

base::ApiError repositoryNameExists(const std::string& name) {
  return makeError("RepositoryNameExistsException", "Repository named " + name + " already exists");
}

base::ApiError repositoryNameRequired() {
  return makeError("RepositoryNameRequiredException", "A repository name is required, but was not specified");
}

base::ApiError invalidRepositoryName() {
  return makeError("InvalidRepositoryNameException",
                   "The repository name is not valid. Repository names can be any valid combination of letters, "
                   "numbers, periods, underscores, and dashes between 1 and 100 characters in length. Names are case "
                   "sensitive. For more information, see Limits in the AWS CodeCommit User Guide. ");
}

base::ApiError branchDoesNotExist(const std::string& name) {
  return makeError("BranchDoesNotExistException", "Branch " + name + " does not exist");
}

base::ApiError branchNameExists(const std::string& name) {
  return makeError("BranchNameExistsException", "Branch named " + name + " already exists");
}

base::ApiError branchNameRequired() {
  return makeError("BranchNameRequiredException", "A branch name is required, but was not specified");
}

base::ApiError invalidBranchName(const std::string& name) {
  return makeError("InvalidBranchNameException", "The branch name " + name + " is not valid");
}

base::ApiError defaultBranchCannotBeDeleted(const std::string& name) {
  return makeError("DefaultBranchCannotBeDeletedException",
                   "Branch " + name + " is the default branch for the repository and cannot be deleted");
}

base::ApiError invalidContinuationToken() {
  return makeError("InvalidContinuationTokenException", "The specified continuation token is not valid");
}

base::ApiError invalidResourceArn() {
  return makeError("InvalidResourceArnException", "The specified resource ARN is not valid");
}

base::ApiError tooManyTags() {
  return makeError("TooManyTagsException", "The maximum number of tags for an AWS CodeCommit resource is 50");
}

}  // namespace thimble::services::codecommit
