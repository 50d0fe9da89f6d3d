#include "services/codecommit/merging.h"

#include <set>

#include "services/codecommit/commits.h"
#include "services/codecommit/git/write.h"

namespace thimble::services::codecommit {
namespace {

using Choice = git::MergeChoice;

constexpr std::size_t kMostEntries = 1000;

git_filemode_t modeOf(const std::string& name) {
  return name == "EXECUTABLE" ? GIT_FILEMODE_BLOB_EXECUTABLE
         : name == "SYMLINK"  ? GIT_FILEMODE_LINK
                              : GIT_FILEMODE_BLOB;
}

Choice choiceOf(const shape::ReplaceContentEntry& entry) {
  Choice choice;
  choice.kind = entry.replacementType_ == "KEEP_BASE"          ? Choice::Kind::KeepBase
                : entry.replacementType_ == "KEEP_SOURCE"      ? Choice::Kind::KeepSource
                : entry.replacementType_ == "KEEP_DESTINATION" ? Choice::Kind::KeepDestination
                                                               : Choice::Kind::NewContent;
  choice.content = entry.content_.value_or("");
  if (entry.fileMode_) choice.mode = modeOf(*entry.fileMode_);
  return choice;
}

/// What the request says about each path.
std::map<std::string, Choice> choicesOf(const MergeRequest& request) {
  std::map<std::string, Choice> out;
  if (!request.resolution) return out;
  if (request.resolution->replaceContents_) {
    for (const auto& entry : *request.resolution->replaceContents_) out[entry.filePath_] = choiceOf(entry);
  }
  if (request.resolution->deleteFiles_) {
    for (const auto& entry : *request.resolution->deleteFiles_) out[entry.filePath_].kind = Choice::Kind::Delete;
  }
  if (request.resolution->setFileModes_) {
    for (const auto& entry : *request.resolution->setFileModes_) out[entry.filePath_].mode = modeOf(entry.fileMode_);
  }
  return out;
}

base::Result<void> checkResolution(const std::optional<shape::ConflictResolution>& resolution) {
  if (!resolution) return {};
  std::set<std::string> paths;
  const auto once = [&](const std::string& path) -> base::Result<void> {
    TRY_ASSIGN(const std::string clean, cleanPath(path));
    if (paths.insert(clean).second) return {};
    return makeError("MultipleConflictResolutionEntriesException",
                     "More than one conflict resolution entry exists for the conflict at " + path +
                         ". A conflict can have only one conflict resolution entry");
  };
  if (resolution->replaceContents_) {
    for (const auto& entry : *resolution->replaceContents_) {
      TRY(once(entry.filePath_));
      if (entry.replacementType_ == "USE_NEW_CONTENT" && !entry.content_) {
        return makeError("ReplacementContentRequiredException",
                         "USE_NEW_CONTENT was specified, but no replacement content has been provided");
      }
    }
  }
  if (resolution->deleteFiles_) {
    for (const auto& entry : *resolution->deleteFiles_) TRY(once(entry.filePath_));
  }
  if (resolution->setFileModes_) {
    for (const auto& entry : *resolution->setFileModes_) TRY(once(entry.filePath_));
  }
  if (paths.size() > kMostEntries) {
    return makeError("MaximumConflictResolutionEntriesExceededException",
                     "The number of allowed conflict resolution entries was exceeded");
  }
  return {};
}

/// What the strategy makes of a conflict that nobody spoke about; nothing: it stays open.
std::optional<Choice> byStrategy(const git::MergeConflict& conflict, const MergeRequest& request) {
  Choice choice;
  if (request.line_level && !conflict.lines) return choice;  // The lines go together.
  if (request.strategy == "ACCEPT_SOURCE") {
    choice.kind = Choice::Kind::KeepSource;
  } else if (request.strategy == "ACCEPT_DESTINATION") {
    choice.kind = Choice::Kind::KeepDestination;
  } else if (request.strategy != "AUTOMERGE" || conflict.lines) {
    return std::nullopt;
  }
  return choice;
}

}  // namespace

base::ApiError manualMergeRequired() {
  return makeError("ManualMergeRequiredException",
                   "The pull request cannot be merged automatically into the destination branch. You must manually "
                   "merge the branches and resolve any conflicts");
}

git::Merge beginMerge(const git::Repository& git, const MergeRequest& request) {
  const git_merge_file_favor_t favor = !request.line_level                        ? GIT_MERGE_FILE_FAVOR_NORMAL
                                       : request.strategy == "ACCEPT_SOURCE"      ? GIT_MERGE_FILE_FAVOR_THEIRS
                                       : request.strategy == "ACCEPT_DESTINATION" ? GIT_MERGE_FILE_FAVOR_OURS
                                                                                  : GIT_MERGE_FILE_FAVOR_NORMAL;
  return {git, request.source, request.destination, favor};
}

std::vector<std::string> openConflicts(const git::Merge& merge, const MergeRequest& request) {
  const auto choices = choicesOf(request);
  std::vector<std::string> out;
  for (const auto& [path, conflict] : merge.conflicts()) {
    const auto chosen = choices.find(path);
    const bool settled =
        chosen != choices.end() && (chosen->second.kind != Choice::Kind::KeepMerged || !conflict.lines);
    if (!settled && !byStrategy(conflict, request)) out.push_back(path);
  }
  return out;
}

base::Result<MergeMade> makeMerge(const git::Repository& git, const MergeRequest& request) {
  TRY(checkResolution(request.resolution));
  git::Merge merge = beginMerge(git, request);
  MergeMade out;
  if (request.option == MergeOption::FastForward) {
    if (!merge.isFastForward()) return manualMergeRequired();
    out.commit = request.source;
    out.tree = git::valuesOf(git.commit(request.source).get()).tree;
    return out;
  }
  if (!openConflicts(merge, request).empty()) return manualMergeRequired();
  std::map<std::string, Choice> choices = choicesOf(request);
  for (const auto& [path, conflict] : merge.conflicts()) {
    const auto chosen = choices.find(path);
    if (chosen == choices.end()) choices[path] = byStrategy(conflict, request).value_or(Choice());
  }
  out.tree = merge.writeTree(choices);
  std::vector<std::string> parents = {request.destination};
  if (request.option == MergeOption::ThreeWay) parents.push_back(request.source);
  out.commit = git::writeCommit(git, out.tree, parents, request.author, request.author, request.message);
  return out;
}

}  // namespace thimble::services::codecommit
