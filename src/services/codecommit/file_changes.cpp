// Commits made by the API: files put, deleted, moved.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html, API_PutFile.html,
// API_DeleteFile.html
#include <map>
#include <set>

#include "services/codecommit/commit_values.h"
#include "services/codecommit/commits.h"
#include "services/codecommit/git/write.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kMostFiles = 100;
constexpr std::size_t kLargestFile = 6'291'456;

git_filemode_t modeOf(const std::optional<std::string>& name) {
  return name == "EXECUTABLE" ? GIT_FILEMODE_BLOB_EXECUTABLE
         : name == "SYMLINK"  ? GIT_FILEMODE_LINK
                              : GIT_FILEMODE_BLOB;
}

/// A tree that is being changed: what it held, and what it is to hold.
class Draft {
 public:
  Draft(const git::Repository& git, const std::string& parent) : git_(git) {
    if (!parent.empty()) tree_ = git.treeOf(git.commit(parent).get());
  }

  struct File {
    std::string blob;
    git_filemode_t mode = GIT_FILEMODE_BLOB;
  };

  /// The file at a path as the parent has it.
  std::optional<File> before(const std::string& path) const {
    const git::EntryHandle entry = tree_ ? git_.entry(tree_.get(), path) : nullptr;
    if (!entry || git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) return std::nullopt;
    return File{git::toHex(*git_tree_entry_id(entry.get())), git_tree_entry_filemode(entry.get())};
  }

  /// DirectoryNameConflictsWithFileNameException, FileNameConflictsWithDirectoryNameException.
  base::Result<void> put(const std::string& path, File file) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string folder = path.substr(0, slash);
      const auto change = changes_.find(folder);
      const bool is_file = change != changes_.end() ? !change->second.blob.empty() : before(folder).has_value();
      if (is_file) return directoryNameConflicts(path);
    }
    const git::EntryHandle entry = tree_ ? git_.entry(tree_.get(), path) : nullptr;
    if (entry && git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) return fileNameConflicts(path);
    const auto below = changes_.lower_bound(path + "/");
    if (below != changes_.end() && below->first.starts_with(path + "/") && !below->second.blob.empty()) {
      return fileNameConflicts(path);
    }
    changes_[path] = std::move(file);
    return {};
  }

  void remove(const std::string& path) { changes_[path] = File{}; }

  /// Folders that lost their last file keep a placeholder.
  void keepEmptyFolders() {
    std::set<std::string> folders;
    for (const auto& [path, file] : changes_) {
      const std::size_t slash = path.rfind('/');
      if (file.blob.empty() && slash != std::string::npos) folders.insert(path.substr(0, slash));
    }
    for (const std::string& folder : folders) {
      const git::EntryHandle entry = git_.entry(tree_.get(), folder);
      if (!entry || git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE) continue;
      git_tree* inner = nullptr;
      git::check(git_tree_lookup(&inner, git_.get(), git_tree_entry_id(entry.get())), "cannot read a tree");
      const git::TreeHandle owned(inner);
      bool left = false;
      for (std::size_t i = 0; i < git_tree_entrycount(inner); ++i) {
        const auto change = changes_.find(folder + "/" + git_tree_entry_name(git_tree_entry_byindex(inner, i)));
        left = left || change == changes_.end() || !change->second.blob.empty();
      }
      const auto added = changes_.lower_bound(folder + "/");
      for (auto it = added; it != changes_.end() && it->first.starts_with(folder + "/"); ++it) {
        left = left || !it->second.blob.empty();
      }
      if (!left) changes_[folder + "/.gitkeep"] = File{git::writeBlob(git_, ""), GIT_FILEMODE_BLOB};
    }
  }

  /// The tree's id.
  std::string write() const {
    std::vector<git::TreeChange> list;
    for (const auto& [path, file] : changes_) {
      if (file.blob.empty() && !before(path)) continue;
      list.push_back({path, file.blob, file.mode});
    }
    return git::writeTree(git_, tree_.get(), list);
  }

  std::string treeBefore() const { return tree_ ? git::toHex(*git_tree_id(tree_.get())) : std::string(); }
  const std::map<std::string, File>& changes() const { return changes_; }

 private:
  const git::Repository& git_;
  git::TreeHandle tree_;
  std::map<std::string, File> changes_;  ///< An empty blob: removed.
};

struct Committed {
  std::string commit, tree;
};

/// Writes the draft as a commit on the branch.
base::Result<Committed> commitDraft(const GitCall& call, const rows::RepositoryRecord& record,
                                    const git::Repository& git, const Draft& draft, const std::string& branch,
                                    const std::string& parent, const git::Person& person, const std::string& message) {
  Committed out;
  out.tree = draft.write();
  std::vector<std::string> parents;
  if (!parent.empty()) parents.push_back(parent);
  out.commit = git::writeCommit(git, out.tree, parents, person, person, message);
  const std::string reference = std::string(kBranchPrefix) + branch;
  if (!git::setReference(git, reference, out.commit, parent)) {
    return makeError("ConcurrentReferenceUpdateException", "The branch was changed by another at the same time");
  }
  call.world.folders.syncFolders(record.id(), {reference});
  return out;
}

base::Result<std::string> checkContent(const std::string& content) {
  if (content.size() <= kLargestFile) return content;
  return makeError("FileContentSizeLimitExceededException",
                   "The file cannot be added because it is too large. The maximum file size is 6 MB");
}

base::Result<Changed<shape::PutFileOutput>> putFile(const GitCall& call, const shape::PutFileInput& input,
                                                    const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.branchName_));
  TRY_ASSIGN(const std::string path, cleanPath(input.filePath_));
  TRY_ASSIGN(const std::string content, checkContent(input.fileContent_));
  TRY_ASSIGN(const git::Person person, personOf(call, input.name_, input.email_));
  TRY_ASSIGN(const std::string parent, checkParent(call, record, input.branchName_, input.parentCommitId_));
  const git::Repository git(call.world.folders.path(record.id()));
  Draft draft(git, parent);
  const auto before = draft.before(path);
  const git_filemode_t mode = !input.fileMode_ && before ? before->mode : modeOf(input.fileMode_);
  TRY_ASSIGN(const std::string message, messageOf(input.commitMessage_, (before ? "Edited " : "Added ") + path));
  const std::string blob = git::writeBlob(git, content);
  if (before && before->blob == blob && before->mode == mode) return sameFileContent();
  TRY(draft.put(path, {blob, mode}));
  TRY_ASSIGN(const Committed made, commitDraft(call, record, git, draft, input.branchName_, parent, person, message));
  shape::PutFileOutput output;
  output.commitId_ = made.commit;
  output.blobId_ = blob;
  output.treeId_ = made.tree;
  return Changed<shape::PutFileOutput>{std::move(output)};
}

base::Result<Changed<shape::DeleteFileOutput>> deleteFile(const GitCall& call, const shape::DeleteFileInput& input,
                                                          const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.branchName_));
  TRY_ASSIGN(const std::string path, cleanPath(input.filePath_));
  TRY_ASSIGN(const git::Person person, personOf(call, input.name_, input.email_));
  TRY_ASSIGN(const std::string parent, checkParent(call, record, input.branchName_, input.parentCommitId_));
  TRY_ASSIGN(const std::string message, messageOf(input.commitMessage_, "Deleted " + path));
  const git::Repository git(call.world.folders.path(record.id()));
  Draft draft(git, parent);
  const auto before = draft.before(path);
  if (!before) return fileDoesNotExist(input.filePath_);
  draft.remove(path);
  if (input.keepEmptyFolders_.value_or(false)) draft.keepEmptyFolders();
  TRY_ASSIGN(const Committed made, commitDraft(call, record, git, draft, input.branchName_, parent, person, message));
  shape::DeleteFileOutput output;
  output.commitId_ = made.commit;
  output.blobId_ = before->blob;
  output.treeId_ = made.tree;
  output.filePath_ = path;
  return Changed<shape::DeleteFileOutput>{std::move(output)};
}

/// Fills the draft from CreateCommit's lists.
base::Result<void> fillDraft(const git::Repository& git, const shape::CreateCommitInput& input, Draft& draft) {
  std::set<std::string> named;
  const auto name = [&](const std::string& path) -> base::Result<std::string> {
    TRY_ASSIGN(std::string clean, cleanPath(path));
    if (!named.insert(clean).second) {
      return makeError("FilePathConflictsWithSubmodulePathException", "The path " + path + " is named more than once");
    }
    return clean;
  };
  for (const auto& entry : input.deleteFiles_.value_or(std::vector<shape::DeleteFileEntry>{})) {
    TRY_ASSIGN(const std::string path, name(entry.filePath_));
    if (!draft.before(path)) return fileDoesNotExist(entry.filePath_);
    draft.remove(path);
  }
  for (const auto& entry : input.setFileModes_.value_or(std::vector<shape::SetFileModeEntry>{})) {
    TRY_ASSIGN(const std::string path, name(entry.filePath_));
    const auto before = draft.before(path);
    if (!before) return fileDoesNotExist(entry.filePath_);
    TRY(draft.put(path, {before->blob, modeOf(entry.fileMode_)}));
  }
  for (const auto& entry : input.putFiles_.value_or(std::vector<shape::PutFileEntry>{})) {
    TRY_ASSIGN(const std::string path, name(entry.filePath_));
    if (entry.fileContent_.has_value() == entry.sourceFile_.has_value()) {
      return entry.fileContent_ ? makeError("FileContentAndSourceFileSpecifiedException",
                                            "The commit cannot be created because both a source file and file content "
                                            "have been specified for the same file")
                                : makeError("FileContentRequiredException", "The file " + path + " has no content");
    }
    const auto before = draft.before(path);
    std::optional<Draft::File> source;
    if (entry.sourceFile_) {
      TRY_ASSIGN(const std::string from, cleanPath(entry.sourceFile_->filePath_));
      source = draft.before(from);
      if (!source) return fileDoesNotExist(entry.sourceFile_->filePath_);
      if (entry.sourceFile_->isMove_.value_or(false)) draft.remove(from);
    } else {
      TRY_ASSIGN(const std::string content, checkContent(*entry.fileContent_));
      source = Draft::File{git::writeBlob(git, content), before ? before->mode : GIT_FILEMODE_BLOB};
    }
    if (entry.fileMode_) source->mode = modeOf(entry.fileMode_);
    TRY(draft.put(path, *source));
  }
  return {};
}

template <class List>
std::size_t sizeOf(const std::optional<List>& list) {
  return list ? list->size() : 0;
}

base::Result<Changed<shape::CreateCommitOutput>> createCommit(const GitCall& call,
                                                              const shape::CreateCommitInput& input,
                                                              const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.branchName_));
  const std::size_t files = sizeOf(input.putFiles_) + sizeOf(input.deleteFiles_) + sizeOf(input.setFileModes_);
  if (files > kMostFiles) {
    return makeError("MaximumFileEntriesExceededException",
                     "The number of specified files to change as part of this commit exceeds the maximum number of "
                     "files that can be changed in a single commit");
  }
  if (files == 0) {
    return makeError("FileEntryRequiredException",
                     "The commit cannot be created because no files have been specified as added, updated, or changed");
  }
  TRY_ASSIGN(const git::Person author, personOf(call, input.authorName_, input.email_));
  TRY_ASSIGN(const std::string message, messageOf(input.commitMessage_, ""));
  TRY_ASSIGN(const std::string parent, checkParent(call, record, input.branchName_, input.parentCommitId_));
  const git::Repository git(call.world.folders.path(record.id()));
  Draft draft(git, parent);
  TRY(fillDraft(git, input, draft));
  if (input.keepEmptyFolders_.value_or(false)) draft.keepEmptyFolders();
  if (!parent.empty() && draft.write() == draft.treeBefore()) return nothingToChange();
  TRY_ASSIGN(const Committed made, commitDraft(call, record, git, draft, input.branchName_, parent, author, message));
  shape::CreateCommitOutput output;
  output.commitId_ = made.commit;
  output.treeId_ = made.tree;
  output.filesAdded_.emplace();
  output.filesUpdated_.emplace();
  output.filesDeleted_.emplace();
  for (const auto& [path, file] : draft.changes()) {
    const auto before = draft.before(path);
    shape::FileMetadata row;
    row.absolutePath_ = path;
    row.blobId_ = file.blob.empty() && before ? before->blob : file.blob;
    row.fileMode_ = fileModeName(file.blob.empty() && before ? before->mode : file.mode);
    (file.blob.empty() ? output.filesDeleted_ : before ? output.filesUpdated_ : output.filesAdded_)->push_back(row);
  }
  return Changed<shape::CreateCommitOutput>{std::move(output)};
}

}  // namespace

void registerFileChanges(dispatch::Registry& registry, World& world) {
  addChange<shape::PutFile>(registry, world, byName<shape::PutFileInput>, putFile);
  addChange<shape::DeleteFile>(registry, world, byName<shape::DeleteFileInput>, deleteFile);
  addChange<shape::CreateCommit>(registry, world, byName<shape::CreateCommitInput>, createCommit);
}

}  // namespace thimble::services::codecommit
