// libgit2's handles as owners, and its failures as exceptions.
#pragma once

#include <git2.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thimble::services::codecommit::git {

/// A repository that cannot be read or written: a broken environment, never a wrong request.
class GitFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class T, void (*kFree)(T*)>
struct Freer {
  void operator()(T* handle) const { kFree(handle); }
};
template <class T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, Freer<T, kFree>>;

using RepositoryHandle = Owned<git_repository, git_repository_free>;
using ReferenceHandle = Owned<git_reference, git_reference_free>;
using IteratorHandle = Owned<git_reference_iterator, git_reference_iterator_free>;
using CommitHandle = Owned<git_commit, git_commit_free>;
using TreeHandle = Owned<git_tree, git_tree_free>;
using BlobHandle = Owned<git_blob, git_blob_free>;
using ObjectHandle = Owned<git_object, git_object_free>;
using EntryHandle = Owned<git_tree_entry, git_tree_entry_free>;
using DiffHandle = Owned<git_diff, git_diff_free>;
using IndexHandle = Owned<git_index, git_index_free>;
using WalkHandle = Owned<git_revwalk, git_revwalk_free>;
using SignatureHandle = Owned<git_signature, git_signature_free>;
using ConflictsHandle = Owned<git_index_conflict_iterator, git_index_conflict_iterator_free>;

/// Prepares libgit2, once: nothing is read from the machine's or a user's configuration, and all that is written is
/// synced.
void initialise();

/// Throws GitFailure when `code` is negative.
void check(int code, std::string_view what);
/// False when there is no such thing; throws at any other failure.
bool found(int code, std::string_view what);

std::string toHex(const git_oid& id);
/// False when `text` is not forty hexadecimal digits.
bool parseId(std::string_view text, git_oid& id);

}  // namespace thimble::services::codecommit::git
