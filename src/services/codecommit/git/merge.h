// Merging two commits: what conflicts, and the tree that comes of it. Nothing is written but objects.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/codecommit/git/repository.h"

namespace thimble::services::codecommit::git {

/// A path at one of the three commits of a merge; no id: it is not there.
struct MergeSide {
  std::string id;
  git_filemode_t mode = GIT_FILEMODE_UNREADABLE;
  bool there() const { return !id.empty(); }
};

struct MergeConflict {
  MergeSide base, source, destination;
  bool lines = false;  ///< The changes touch the same lines, or cannot be merged by lines at all.
};

/// How a conflict is settled.
struct MergeChoice {
  enum class Kind { KeepMerged, KeepBase, KeepSource, KeepDestination, NewContent, Delete };
  Kind kind = Kind::KeepMerged;
  std::string content;                 ///< NewContent.
  std::optional<git_filemode_t> mode;  ///< Instead of the one that it has.
};

class Merge {
 public:
  /// `source` goes into `destination`. `favor` decides lines that both changed.
  Merge(const Repository& repository, const std::string& source, const std::string& destination,
        git_merge_file_favor_t favor = GIT_MERGE_FILE_FAVOR_NORMAL);

  const std::string& source() const { return source_; }
  const std::string& destination() const { return destination_; }
  /// Empty: the two have no common history.
  const std::string& base() const { return base_; }
  bool isFastForward() const { return base_ == destination_; }

  /// Paths that both sides changed in different ways.
  const std::map<std::string, MergeConflict>& conflicts() const { return conflicts_; }

  /// The merged tree's id, written. Every conflict whose lines clash must have a choice other than KeepMerged.
  std::string writeTree(const std::map<std::string, MergeChoice>& choices);

 private:
  void findConflicts();

  const Repository& repository_;
  std::string source_, destination_, base_;
  IndexHandle index_;
  std::map<std::string, MergeConflict> conflicts_;
};

/// The newest commit that both have in their history; empty when there is none.
std::string mergeBase(const Repository& repository, const std::string& one, const std::string& other);

}  // namespace thimble::services::codecommit::git
