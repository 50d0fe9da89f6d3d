// Commits as the API shows them.
#pragma once

#include "services/codecommit/git/repository.h"
#include "services/codecommit/git_operation.h"

namespace thimble::services::codecommit {

shape::Commit describeCommit(const git::CommitValues& commit);

/// The commit that a specifier means; of the default branch when it is absent. CommitDoesNotExistException.
base::Result<git::CommitHandle> resolve(const std::optional<git::Repository>& git, const rows::RepositoryRecord& record,
                                        const std::optional<std::string>& specifier);

/// A path without leading and trailing slashes. PathRequiredException, InvalidPathException.
base::Result<std::string> cleanPath(const std::string& path);

/// "NORMAL", "EXECUTABLE", "SYMLINK".
std::string fileModeName(git_filemode_t mode);

/// Tokens that count what was given.
base::Result<std::size_t> readOffset(const std::optional<std::string>& token);
std::string offsetToken(std::size_t offset);

}  // namespace thimble::services::codecommit
