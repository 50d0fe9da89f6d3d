#include "services/codecommit/git/repository.h"

#include "services/codecommit/git/references.h"

namespace thimble::services::codecommit::git {
namespace {

Person personOf(const git_signature* signature) {
  return {signature->name, signature->email, signature->when.time, signature->when.offset};
}

}  // namespace

Repository::Repository(const std::string& folder) {
  initialise();
  git_repository* repository = nullptr;
  check(git_repository_open_bare(&repository, folder.c_str()), "cannot open the repository");
  handle_.reset(repository);
}

CommitHandle Repository::commit(const std::string& id) const {
  git_oid oid;
  if (!parseId(id, oid)) return nullptr;
  git_object* object = nullptr;
  if (!found(git_object_lookup(&object, get(), &oid, GIT_OBJECT_ANY), "cannot read an object")) return nullptr;
  const ObjectHandle owned(object);
  git_object* peeled = nullptr;
  if (git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) != 0) return nullptr;
  return CommitHandle(reinterpret_cast<git_commit*>(peeled));
}

CommitHandle Repository::resolve(const std::string& specifier) const {
  if (CommitHandle direct = commit(specifier)) return direct;
  for (const std::string& name :
       {specifier, "refs/heads/" + specifier, "refs/tags/" + specifier, "refs/" + specifier}) {
    if ((name != "HEAD" && !name.starts_with("refs/")) || name.starts_with(kHiddenReferences) ||
        (name != "HEAD" && !isReferenceName(name))) {
      continue;
    }
    git_oid id;
    const int code = git_reference_name_to_id(&id, get(), name.c_str());
    if (code == GIT_EINVALIDSPEC || !found(code, "cannot read a reference")) continue;
    return commit(toHex(id));
  }
  return nullptr;
}

TreeHandle Repository::treeOf(git_commit* commit) const {
  git_tree* tree = nullptr;
  check(git_commit_tree(&tree, commit), "cannot read a tree");
  return TreeHandle(tree);
}

EntryHandle Repository::entry(git_tree* tree, const std::string& path) const {
  git_tree_entry* entry = nullptr;
  if (!found(git_tree_entry_bypath(&entry, tree, path.c_str()), "cannot read a tree")) return nullptr;
  return EntryHandle(entry);
}

BlobHandle Repository::blob(const git_oid& id) const {
  git_blob* blob = nullptr;
  if (!found(git_blob_lookup(&blob, get(), &id), "cannot read a blob")) return nullptr;
  return BlobHandle(blob);
}

std::uint64_t Repository::blobSize(const git_oid& id) const {
  git_odb* odb = nullptr;
  check(git_repository_odb(&odb, get()), "cannot open the objects");
  const Owned<git_odb, git_odb_free> owned(odb);
  std::size_t size = 0;
  git_object_t type;
  check(git_odb_read_header(&size, &type, odb, &id), "cannot read an object");
  return size;
}

CommitValues valuesOf(const git_commit* commit) {
  CommitValues out;
  out.id = toHex(*git_commit_id(commit));
  out.tree = toHex(*git_commit_tree_id(commit));
  for (unsigned i = 0; i < git_commit_parentcount(commit); ++i)
    out.parents.push_back(toHex(*git_commit_parent_id(commit, i)));
  out.message = git_commit_message(commit);
  out.author = personOf(git_commit_author(commit));
  out.committer = personOf(git_commit_committer(commit));
  return out;
}

std::string_view contentOf(const git_blob* blob) {
  return {static_cast<const char*>(git_blob_rawcontent(blob)), static_cast<std::size_t>(git_blob_rawsize(blob))};
}

}  // namespace thimble::services::codecommit::git
