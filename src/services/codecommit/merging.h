// A merge as the API's members ask for it.
#pragma once

#include <optional>
#include <string>

#include "services/codecommit/commits.h"
#include "services/codecommit/git/merge.h"
#include "services/codecommit/git_operation.h"

namespace thimble::services::codecommit {

enum class MergeOption { FastForward, Squash, ThreeWay };

struct MergeRequest {
  MergeOption option = MergeOption::FastForward;
  std::string source, destination;  ///< Commit ids.
  bool line_level = false;          ///< conflictDetailLevel LINE_LEVEL; else every file that both changed conflicts.
  std::string strategy = "NONE";    ///< conflictResolutionStrategy.
  std::optional<shape::ConflictResolution> resolution;
  git::Person author;
  std::string message;
};

struct MergeMade {
  std::string commit, tree;
};

/// Writes the merge's commit; no reference names it yet. ManualMergeRequiredException when it needs a person.
base::Result<MergeMade> makeMerge(const git::Repository& git, const MergeRequest& request);

/// The conflicts that the request leaves open.
std::vector<std::string> openConflicts(const git::Merge& merge, const MergeRequest& request);

/// A merge with the strategy that the request asks for.
git::Merge beginMerge(const git::Repository& git, const MergeRequest& request);

/// Members that all merging operations have.
template <class Input>
void readMergeMembers(const Input& input, MergeRequest& request) {
  request.line_level = input.conflictDetailLevel_ == "LINE_LEVEL";
  if (input.conflictResolutionStrategy_) request.strategy = *input.conflictResolutionStrategy_;
  if constexpr (requires { input.conflictResolution_; }) request.resolution = input.conflictResolution_;
}

base::ApiError manualMergeRequired();

}  // namespace thimble::services::codecommit
