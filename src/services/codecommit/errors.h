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
base::ApiError invalidContinuationToken();
base::ApiError invalidResourceArn();
base::ApiError tooManyTags();

}  // namespace thimble::services::codecommit
