// Who commits and what they say, from an operation's members.
#pragma once

#include <optional>
#include <string>

#include "services/codecommit/git_operation.h"

namespace thimble::services::codecommit {

/// The person named, or the caller; at the time of the call. NameLengthExceededException, InvalidEmailException.
base::Result<git::Person> personOf(const GitCall& call, const std::optional<std::string>& name,
                                   const std::optional<std::string>& email);

/// CommitMessageLengthExceededException.
base::Result<std::string> messageOf(const std::optional<std::string>& message, const std::string& otherwise);

/// The branch's tip, when a new commit may follow `parent`: the tip itself, or nothing in a repository without the
/// branch. Empty: the branch is to be created. ParentCommitIdRequiredException, ParentCommitIdOutdatedException, ...
base::Result<std::string> checkParent(const GitCall& call, const rows::RepositoryRecord& record,
                                      const std::string& branch, const std::optional<std::string>& parent);

/// BranchNameRequiredException, InvalidBranchNameException.
base::Result<void> checkBranchName(const std::string& name);

}  // namespace thimble::services::codecommit
