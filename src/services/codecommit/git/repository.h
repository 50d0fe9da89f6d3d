// A bare repository, opened for one piece of work: commits, trees, blobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/codecommit/git/library.h"

namespace thimble::services::codecommit::git {

struct Person {
  std::string name, email;
  std::int64_t seconds = 0;  ///< Since the epoch.
  int offset_minutes = 0;
};

struct CommitValues {
  std::string id, tree;
  std::vector<std::string> parents;
  std::string message;
  Person author, committer;
};

/// All of these throw GitFailure when the repository cannot be read.
class Repository {
 public:
  explicit Repository(const std::string& folder);

  git_repository* get() const { return handle_.get(); }

  /// The commit that a branch's or tag's name, a full reference name, HEAD or a full id means; null when there is none.
  CommitHandle resolve(const std::string& specifier) const;
  /// The commit of that full id; null when there is none.
  CommitHandle commit(const std::string& id) const;
  TreeHandle treeOf(git_commit* commit) const;
  /// The entry at a path without leading or trailing slash; null when there is none.
  EntryHandle entry(git_tree* tree, const std::string& path) const;
  BlobHandle blob(const git_oid& id) const;
  /// Bytes of a blob, without reading it.
  std::uint64_t blobSize(const git_oid& id) const;

 private:
  RepositoryHandle handle_;
};

CommitValues valuesOf(const git_commit* commit);
std::string_view contentOf(const git_blob* blob);

}  // namespace thimble::services::codecommit::git
