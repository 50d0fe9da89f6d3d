// CodeCommit's errors, word for word.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::codecommit {

/// An error of CodeCommit: all but server faults are HTTP 400.
inline base::ApiError makeError(std::string code, std::string message) {
  return {std::move(code), std::move(message), 400};
}

base::ApiError repositoryDoesNotExist(const std::string& name);
base::ApiError repositoryNameExists(const std::string& name);
base::ApiError repositoryNameRequired();
base::ApiError invalidRepositoryName();
base::ApiError branchDoesNotExist(const std::string& name);
base::ApiError branchNameExists(const std::string& name);
base::ApiError branchNameRequired();
base::ApiError invalidBranchName(const std::string& name);
base::ApiError defaultBranchCannotBeDeleted(const std::string& name);
base::ApiError commitDoesNotExist(const std::string& specifier);
base::ApiError commitIdDoesNotExist(const std::string& id);
base::ApiError commitIdRequired();
base::ApiError invalidCommitId(const std::string& id);
base::ApiError pathRequired();
base::ApiError invalidPath(const std::string& path);
base::ApiError fileDoesNotExist(const std::string& path);
base::ApiError folderDoesNotExist(const std::string& path);
base::ApiError blobIdDoesNotExist(const std::string& id);
base::ApiError parentCommitIdRequired();
base::ApiError parentCommitDoesNotExist(const std::string& id);
base::ApiError parentCommitIdOutdated(const std::string& branch, const std::string& tip);
base::ApiError sameFileContent();
base::ApiError nothingToChange();
base::ApiError directoryNameConflicts(const std::string& path);
base::ApiError fileNameConflicts(const std::string& path);
base::ApiError invalidContinuationToken();
base::ApiError invalidMaxResults();
base::ApiError invalidResourceArn();
base::ApiError tooManyTags();

}  // namespace thimble::services::codecommit
