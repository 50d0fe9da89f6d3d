// Files, folders, blobs and what differs between commits.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetFile.html, API_GetFolder.html, API_GetBlob.html,
// API_GetDifferences.html, API_ListFileCommitHistory.html
#include "services/codecommit/commits.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::uint64_t kLargestFile = 6'291'456;
constexpr std::size_t kMostDifferences = 400;
constexpr std::size_t kDefaultDifferences = 100;
constexpr std::size_t kMostWalked = 200'000;  // Commits looked at for a file's history.

base::Result<shape::GetBlobOutput> getBlob(const GitCall& call, const shape::GetBlobInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  if (input.blobId_.empty())
    return makeError("BlobIdRequiredException", "A blob ID is required, but was not specified");
  git_oid id;
  if (!git::parseId(input.blobId_, id)) {
    return makeError("InvalidBlobIdException", "The blob ID " + input.blobId_ + " is not valid");
  }
  const auto git = call.open(record);
  const git::BlobHandle blob = git ? git->blob(id) : nullptr;
  if (!blob) return blobIdDoesNotExist(input.blobId_);
  if (git::contentOf(blob.get()).size() > kLargestFile) {
    return makeError("FileTooLargeException", "The blob " + input.blobId_ + " exceeds the maximum size for blobs");
  }
  shape::GetBlobOutput output;
  output.content_ = git::contentOf(blob.get());
  return output;
}

base::Result<shape::GetFileOutput> getFile(const GitCall& call, const shape::GetFileInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  TRY_ASSIGN(const std::string path, cleanPath(input.filePath_));
  const auto git = call.open(record);
  TRY_ASSIGN(const git::CommitHandle commit, resolve(git, record, input.commitSpecifier_));
  const git::TreeHandle tree = git->treeOf(commit.get());
  const git::EntryHandle entry = git->entry(tree.get(), path);
  if (!entry || git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) return fileDoesNotExist(input.filePath_);
  const git::BlobHandle blob = git->blob(*git_tree_entry_id(entry.get()));
  if (!blob) return fileDoesNotExist(input.filePath_);
  if (git::contentOf(blob.get()).size() > kLargestFile) {
    return makeError("FileTooLargeException", "The file " + input.filePath_ + " exceeds the maximum size for files");
  }
  shape::GetFileOutput output;
  output.commitId_ = git::toHex(*git_commit_id(commit.get()));
  output.blobId_ = git::toHex(*git_tree_entry_id(entry.get()));
  output.filePath_ = path;
  output.fileMode_ = fileModeName(git_tree_entry_filemode(entry.get()));
  output.fileSize_ = static_cast<std::int64_t>(git::contentOf(blob.get()).size());
  output.fileContent_ = git::contentOf(blob.get());
  return output;
}

base::Result<shape::GetFolderOutput> getFolder(const GitCall& call, const shape::GetFolderInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  if (input.folderPath_.empty()) return pathRequired();
  const auto git = call.open(record);
  TRY_ASSIGN(const git::CommitHandle commit, resolve(git, record, input.commitSpecifier_));
  git::TreeHandle tree = git->treeOf(commit.get());
  std::string prefix;
  if (input.folderPath_.find_first_not_of('/') != std::string::npos && input.folderPath_ != ".") {
    TRY_ASSIGN(prefix, cleanPath(input.folderPath_));
    const git::EntryHandle entry = git->entry(tree.get(), prefix);
    if (!entry || git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE) return folderDoesNotExist(input.folderPath_);
    git_tree* inner = nullptr;
    git::check(git_tree_lookup(&inner, git->get(), git_tree_entry_id(entry.get())), "cannot read a tree");
    tree.reset(inner);
  }
  shape::GetFolderOutput output;
  output.commitId_ = git::toHex(*git_commit_id(commit.get()));
  output.folderPath_ = prefix;
  output.treeId_ = git::toHex(*git_tree_id(tree.get()));
  output.subFolders_.emplace();
  output.files_.emplace();
  output.symbolicLinks_.emplace();
  output.subModules_.emplace();
  const auto place = [&](auto& row, const git_tree_entry* entry) {
    row.relativePath_ = git_tree_entry_name(entry);
    row.absolutePath_ =
        prefix.empty() ? std::string(git_tree_entry_name(entry)) : prefix + "/" + git_tree_entry_name(entry);
  };
  for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
    const std::string id = git::toHex(*git_tree_entry_id(entry));
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode == GIT_FILEMODE_TREE) {
      auto& row = output.subFolders_->emplace_back();
      row.treeId_ = id;
      place(row, entry);
    } else if (mode == GIT_FILEMODE_COMMIT) {
      auto& row = output.subModules_->emplace_back();
      row.commitId_ = id;
      place(row, entry);
    } else if (mode == GIT_FILEMODE_LINK) {
      auto& row = output.symbolicLinks_->emplace_back();
      row.blobId_ = id;
      row.fileMode_ = fileModeName(mode);
      place(row, entry);
    } else {
      auto& row = output.files_->emplace_back();
      row.blobId_ = id;
      row.fileMode_ = fileModeName(mode);
      place(row, entry);
    }
  }
  return output;
}

shape::BlobMetadata describe(const git_diff_file& file) {
  shape::BlobMetadata out;
  out.blobId_ = git::toHex(file.id);
  out.path_ = file.path;
  char mode[16];
  std::snprintf(mode, sizeof mode, "%06o", static_cast<unsigned>(file.mode));
  out.mode_ = mode;
  return out;
}

bool isUnder(const std::string& path, const std::optional<std::string>& wanted) {
  if (!wanted || wanted->empty()) return true;
  return path == *wanted || path.starts_with(*wanted + "/");
}

base::Result<shape::GetDifferencesOutput> getDifferences(const GitCall& call, const shape::GetDifferencesInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  if (input.afterCommitSpecifier_.empty()) {
    return makeError("CommitRequiredException", "A commit was not specified");
  }
  std::optional<std::string> before_path, after_path;
  if (input.beforePath_) {
    TRY_ASSIGN(before_path, cleanPath(*input.beforePath_));
  }
  if (input.afterPath_) {
    TRY_ASSIGN(after_path, cleanPath(*input.afterPath_));
  }
  const std::int64_t asked = input.MaxResults_.value_or(kDefaultDifferences);
  if (asked <= 0) return invalidMaxResults();
  const std::size_t limit = std::min(static_cast<std::size_t>(asked), kMostDifferences);
  TRY_ASSIGN(const std::size_t offset, readOffset(input.NextToken_));
  const auto git = call.open(record);
  TRY_ASSIGN(const git::CommitHandle after, resolve(git, record, input.afterCommitSpecifier_));
  const git::TreeHandle after_tree = git->treeOf(after.get());
  git::TreeHandle before_tree;
  if (input.beforeCommitSpecifier_) {
    TRY_ASSIGN(const git::CommitHandle before, resolve(git, record, input.beforeCommitSpecifier_));
    before_tree = git->treeOf(before.get());
  }
  git_diff* diff = nullptr;
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_SKIP_BINARY_CHECK | GIT_DIFF_INCLUDE_TYPECHANGE;
  git::check(git_diff_tree_to_tree(&diff, git->get(), before_tree.get(), after_tree.get(), &options),
             "cannot compare trees");
  const git::DiffHandle owned(diff);
  shape::GetDifferencesOutput output;
  output.differences_.emplace();
  std::size_t seen = 0;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff, i);
    const bool had = delta->status != GIT_DELTA_ADDED;
    const bool has = delta->status != GIT_DELTA_DELETED;
    if (had && !isUnder(delta->old_file.path, before_path)) continue;
    if (has && !isUnder(delta->new_file.path, after_path)) continue;
    if (seen++ < offset) continue;
    if (output.differences_->size() == limit) {
      output.NextToken_ = offsetToken(offset + limit);
      break;
    }
    auto& row = output.differences_->emplace_back();
    if (had) row.beforeBlob_ = describe(delta->old_file);
    if (has) row.afterBlob_ = describe(delta->new_file);
    row.changeType_ = !had ? "A" : !has ? "D" : "M";
  }
  return output;
}

/// The id of a path's blob in a commit; empty when it is not there.
std::string blobIdAt(const git::Repository& git, git_commit* commit, const std::string& path) {
  const git::TreeHandle tree = git.treeOf(commit);
  const git::EntryHandle entry = git.entry(tree.get(), path);
  return entry && git_tree_entry_type(entry.get()) == GIT_OBJECT_BLOB ? git::toHex(*git_tree_entry_id(entry.get()))
                                                                      : std::string();
}

base::Result<shape::ListFileCommitHistoryResponse> history(const GitCall& call,
                                                           const shape::ListFileCommitHistoryRequest& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  TRY_ASSIGN(const std::string path, cleanPath(input.filePath_));
  const std::int64_t asked = input.maxResults_.value_or(100);
  if (asked <= 0) return invalidMaxResults();
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const auto git = call.open(record);
  TRY_ASSIGN(const git::CommitHandle start, resolve(git, record, input.commitSpecifier_));
  git_revwalk* walk = nullptr;
  git::check(git_revwalk_new(&walk, git->get()), "cannot walk the history");
  const git::WalkHandle owned(walk);
  git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
  git::check(git_revwalk_push(walk, git_commit_id(start.get())), "cannot walk the history");
  shape::ListFileCommitHistoryResponse output;
  std::size_t seen = 0, walked = 0;
  git_oid id;
  while (git_revwalk_next(&id, walk) == 0 && walked++ < kMostWalked) {
    const git::CommitHandle commit = git->commit(git::toHex(id));
    const std::string blob = blobIdAt(*git, commit.get(), path);
    // A commit counts when the file in it is none of its parents'.
    bool changed = git_commit_parentcount(commit.get()) == 0 && !blob.empty();
    for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i) {
      git_commit* parent = nullptr;
      git::check(git_commit_parent(&parent, commit.get(), i), "cannot read a commit");
      const git::CommitHandle owned_parent(parent);
      changed = blobIdAt(*git, parent, path) != blob;
      if (!changed) break;
    }
    if (!changed || seen++ < offset) continue;
    if (output.revisionDag_.size() == static_cast<std::size_t>(asked)) {
      output.nextToken_ = offsetToken(offset + output.revisionDag_.size());
      break;
    }
    auto& version = output.revisionDag_.emplace_back();
    version.commit_ = describeCommit(git::valuesOf(commit.get()));
    if (!blob.empty()) version.blobId_ = blob;
    version.path_ = path;
    version.revisionChildren_.emplace();
    if (output.revisionDag_.size() > 1) {
      version.revisionChildren_->push_back(*output.revisionDag_[output.revisionDag_.size() - 2].commit_->commitId_);
    }
  }
  if (output.revisionDag_.empty() && offset == 0) return fileDoesNotExist(input.filePath_);
  return output;
}

}  // namespace

void registerFileOperations(dispatch::Registry& registry, World& world) {
  addReading<shape::GetBlob>(registry, world, getBlob);
  addReading<shape::GetFile>(registry, world, getFile);
  addReading<shape::GetFolder>(registry, world, getFolder);
  addReading<shape::GetDifferences>(registry, world, getDifferences);
  addReading<shape::ListFileCommitHistory>(registry, world, history);
}

}  // namespace thimble::services::codecommit
