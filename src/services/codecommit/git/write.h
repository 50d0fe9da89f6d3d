// Writing to a repository: blobs, trees, commits, references. All of it is on disk when these return, the folders of
// new objects and references excepted (Folders::syncFolders).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/codecommit/git/repository.h"

namespace thimble::services::codecommit::git {

/// One path of a tree to be.
struct TreeChange {
  std::string path;
  std::string blob;  ///< Id; empty: the path is removed.
  git_filemode_t mode = GIT_FILEMODE_BLOB;
};

std::string writeBlob(const Repository& repository, std::string_view content);

/// The tree with the changes; folders that become empty go. `base` may be null. Returns its id; it may be the empty
/// tree's.
std::string writeTree(const Repository& repository, git_tree* base, const std::vector<TreeChange>& changes);

/// A commit of its own; no reference names it yet. Returns its id.
std::string writeCommit(const Repository& repository, const std::string& tree, const std::vector<std::string>& parents,
                        const Person& author, const Person& committer, const std::string& message);

/// Whether an object of that id is there.
bool exists(const Repository& repository, const std::string& id);

/// Makes `name` (full) mean `target`, which was `expected` before (empty: it did not exist). False when it has changed
/// meanwhile.
bool setReference(const Repository& repository, const std::string& name, const std::string& target,
                  const std::string& expected);
/// An unknown name is fine.
void deleteReference(const Repository& repository, const std::string& name);

}  // namespace thimble::services::codecommit::git
