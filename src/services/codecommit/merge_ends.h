// The two commits that a merging operation names.
#pragma once

#include <optional>
#include <string>

#include "services/codecommit/commits.h"
#include "services/codecommit/git_operation.h"
#include "services/codecommit/merging.h"

namespace thimble::services::codecommit {

/// Ids.
struct Ends {
  std::string source, destination;
};

/// CommitRequiredException, CommitDoesNotExistException.
template <class Input>
base::Result<Ends> endsOf(const std::optional<git::Repository>& git, const rows::RepositoryRecord& record,
                          const Input& input) {
  if (input.sourceCommitSpecifier_.empty() || input.destinationCommitSpecifier_.empty()) {
    return makeError("CommitRequiredException", "A commit was not specified");
  }
  TRY_ASSIGN(const git::CommitHandle source, resolve(git, record, input.sourceCommitSpecifier_));
  TRY_ASSIGN(const git::CommitHandle destination, resolve(git, record, input.destinationCommitSpecifier_));
  return Ends{git::toHex(*git_commit_id(source.get())), git::toHex(*git_commit_id(destination.get()))};
}

/// Of the two commits, as the other members ask for it; the option is the caller's to set.
template <class Input>
MergeRequest requestBetween(const Ends& ends, const Input& input) {
  MergeRequest request;
  request.source = ends.source;
  request.destination = ends.destination;
  readMergeMembers(input, request);
  return request;
}

}  // namespace thimble::services::codecommit
