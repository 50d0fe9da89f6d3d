#include "services/codecommit/git/write.h"

namespace thimble::services::codecommit::git {
namespace {

git_oid idOf(const std::string& text) {
  git_oid id;
  if (!parseId(text, id)) throw GitFailure("'" + text + "' is no object's id");
  return id;
}

SignatureHandle signatureOf(const Person& person) {
  git_signature* signature = nullptr;
  check(git_signature_new(&signature, person.name.c_str(), person.email.c_str(), person.seconds, person.offset_minutes),
        "cannot make a signature");
  return SignatureHandle(signature);
}

}  // namespace

std::string writeBlob(const Repository& repository, std::string_view content) {
  git_oid id;
  check(git_blob_create_from_buffer(&id, repository.get(), content.data(), content.size()), "cannot write a blob");
  return toHex(id);
}

std::string writeTree(const Repository& repository, git_tree* base, const std::vector<TreeChange>& changes) {
  std::vector<git_tree_update> updates;
  for (const TreeChange& change : changes) {
    git_tree_update update{};
    update.action = change.blob.empty() ? GIT_TREE_UPDATE_REMOVE : GIT_TREE_UPDATE_UPSERT;
    if (!change.blob.empty()) update.id = idOf(change.blob);
    update.filemode = change.mode;
    update.path = change.path.c_str();
    updates.push_back(update);
  }
  git_oid id;
  check(git_tree_create_updated(&id, repository.get(), base, updates.size(), updates.data()), "cannot write a tree");
  return toHex(id);
}

std::string writeCommit(const Repository& repository, const std::string& tree, const std::vector<std::string>& parents,
                        const Person& author, const Person& committer, const std::string& message) {
  const git_oid tree_id = idOf(tree);
  git_tree* tree_handle = nullptr;
  check(git_tree_lookup(&tree_handle, repository.get(), &tree_id), "cannot read a tree");
  const TreeHandle owned(tree_handle);
  std::vector<CommitHandle> handles;
  std::vector<const git_commit*> pointers;
  for (const std::string& parent : parents) {
    handles.push_back(repository.commit(parent));
    if (!handles.back()) throw GitFailure("the commit " + parent + " is not there");
    pointers.push_back(handles.back().get());
  }
  const SignatureHandle author_signature = signatureOf(author);
  const SignatureHandle committer_signature = signatureOf(committer);
  git_oid id;
  check(git_commit_create(&id, repository.get(), nullptr, author_signature.get(), committer_signature.get(), nullptr,
                          message.c_str(), tree_handle, pointers.size(), pointers.data()),
        "cannot write a commit");
  return toHex(id);
}

bool exists(const Repository& repository, const std::string& id) {
  git_odb* odb = nullptr;
  check(git_repository_odb(&odb, repository.get()), "cannot open the objects");
  const Owned<git_odb, git_odb_free> owned(odb);
  const git_oid oid = idOf(id);
  return git_odb_exists(odb, &oid) != 0;
}

bool setReference(const Repository& repository, const std::string& name, const std::string& target,
                  const std::string& expected) {
  const git_oid id = idOf(target);
  git_reference* reference = nullptr;
  int code;
  if (expected.empty()) {
    code = git_reference_create(&reference, repository.get(), name.c_str(), &id, 0, nullptr);
    if (code == GIT_EEXISTS) return false;
  } else {
    const git_oid before = idOf(expected);
    code = git_reference_create_matching(&reference, repository.get(), name.c_str(), &id, 1, &before, nullptr);
    if (code == GIT_EMODIFIED || code == GIT_ENOTFOUND) return false;
  }
  check(code, "cannot write a reference");
  git_reference_free(reference);
  return true;
}

void deleteReference(const Repository& repository, const std::string& name) {
  found(git_reference_remove(repository.get(), name.c_str()), "cannot delete a reference");
}

}  // namespace thimble::services::codecommit::git
