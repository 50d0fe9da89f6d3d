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

base::ApiError commitDoesNotExist(const std::string& specifier) {
  return makeError("CommitDoesNotExistException", "Could not find a commit for the specifier " + specifier);
}

base::ApiError commitIdDoesNotExist(const std::string& id) {
  return makeError("CommitIdDoesNotExistException", "The commit " + id + " does not exist");
}

base::ApiError commitIdRequired() {
  return makeError("CommitIdRequiredException", "A commit ID is required, but was not specified");
}

base::ApiError invalidCommitId(const std::string& id) {
  return makeError("InvalidCommitIdException", "The commit ID " + id + " is not valid");
}

base::ApiError pathRequired() {
  return makeError("PathRequiredException", "A path is required, but was not specified");
}

base::ApiError invalidPath(const std::string& path) {
  return makeError("InvalidPathException", "The path " + path + " is not valid");
}

base::ApiError fileDoesNotExist(const std::string& path) {
  return makeError("FileDoesNotExistException", "Could not find path " + path);
}

base::ApiError folderDoesNotExist(const std::string& path) {
  return makeError("FolderDoesNotExistException", "Could not find path " + path);
}

base::ApiError blobIdDoesNotExist(const std::string& id) {
  return makeError("BlobIdDoesNotExistException", "The blob " + id + " does not exist");
}

base::ApiError parentCommitIdRequired() {
  return makeError("ParentCommitIdRequiredException", "A parent commit ID is required, but was not specified");
}

base::ApiError parentCommitDoesNotExist(const std::string& id) {
  return makeError("ParentCommitDoesNotExistException", "The parent commit " + id + " does not exist");
}

base::ApiError parentCommitIdOutdated(const std::string& branch, const std::string& tip) {
  return makeError("ParentCommitIdOutdatedException",
                   "The parent commit ID is outdated. The tip of the branch " + branch + " is " + tip);
}

base::ApiError sameFileContent() {
  return makeError("SameFileContentException",
                   "The file was not added or updated because the content of the file is exactly the same as the "
                   "content of that file in the repository and branch that you specified");
}

base::ApiError nothingToChange() {
  return makeError("NoChangeException",
                   "The commit cannot be created, because no changes will be made to the repository as a result of "
                   "this commit. A commit must contain at least one change");
}

base::ApiError directoryNameConflicts(const std::string& path) {
  return makeError("DirectoryNameConflictsWithFileNameException",
                   "A file cannot be added to the repository because the specified path name has the same name as a "
                   "file that already exists in this repository: " +
                       path);
}

base::ApiError fileNameConflicts(const std::string& path) {
  return makeError("FileNameConflictsWithDirectoryNameException",
                   "A file cannot be added to the repository because the specified file name has the same name as a "
                   "directory in this repository: " +
                       path);
}

base::ApiError invalidMaxResults() {
  return makeError("InvalidMaxResultsException", "The specified number of maximum results is not valid");
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
