#include "services/codecommit/git/merge.h"

#include "services/codecommit/git/write.h"

namespace thimble::services::codecommit::git {
namespace {

/// Path to what a side made of it, for all that differs from the base.
std::map<std::string, MergeSide> changesOf(const Repository& repository, git_tree* base, git_tree* side,
                                           std::map<std::string, MergeSide>& before) {
  git_diff* diff = nullptr;
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_SKIP_BINARY_CHECK | GIT_DIFF_INCLUDE_TYPECHANGE;
  check(git_diff_tree_to_tree(&diff, repository.get(), base, side, &options), "cannot compare trees");
  const DiffHandle owned(diff);
  std::map<std::string, MergeSide> out;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff, i);
    if (delta->status != GIT_DELTA_ADDED) {
      before[delta->old_file.path] = {toHex(delta->old_file.id), static_cast<git_filemode_t>(delta->old_file.mode)};
    }
    MergeSide& now = out[delta->new_file.path];
    if (delta->status != GIT_DELTA_DELETED) {
      now = {toHex(delta->new_file.id), static_cast<git_filemode_t>(delta->new_file.mode)};
    }
  }
  return out;
}

MergeSide sideOf(const git_index_entry* entry) {
  if (entry == nullptr) return {};
  return {toHex(entry->id), static_cast<git_filemode_t>(entry->mode)};
}

}  // namespace

std::string mergeBase(const Repository& repository, const std::string& one, const std::string& other) {
  git_oid first, second, base;
  if (!parseId(one, first) || !parseId(other, second)) return {};
  if (!found(git_merge_base(&base, repository.get(), &first, &second), "cannot find the common history")) return {};
  return toHex(base);
}

Merge::Merge(const Repository& repository, const std::string& source, const std::string& destination,
             git_merge_file_favor_t favor)
    : repository_(repository), source_(source), destination_(destination) {
  const CommitHandle source_commit = repository.commit(source);
  const CommitHandle destination_commit = repository.commit(destination);
  if (!source_commit || !destination_commit) throw GitFailure("a commit to be merged is not there");
  base_ = mergeBase(repository, source, destination);
  TreeHandle base_tree;
  if (!base_.empty()) base_tree = repository.treeOf(repository.commit(base_).get());
  const TreeHandle source_tree = repository.treeOf(source_commit.get());
  const TreeHandle destination_tree = repository.treeOf(destination_commit.get());
  git_merge_options options;
  git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
  options.flags = 0;  // No renames: what AWS compares are paths.
  options.file_favor = favor;
  git_index* index = nullptr;
  check(git_merge_trees(&index, repository.get(), base_tree.get(), destination_tree.get(), source_tree.get(), &options),
        "cannot merge");
  index_.reset(index);
  // 1. What both sides changed, and not into the same.
  std::map<std::string, MergeSide> before;
  const auto by_source = changesOf(repository, base_tree.get(), source_tree.get(), before);
  const auto by_destination = changesOf(repository, base_tree.get(), destination_tree.get(), before);
  for (const auto& [path, side] : by_source) {
    const auto other = by_destination.find(path);
    if (other == by_destination.end()) continue;
    if (other->second.id == side.id && other->second.mode == side.mode) continue;
    const auto old = before.find(path);
    conflicts_[path] = {old == before.end() ? MergeSide() : old->second, side, other->second, false};
  }
  // 2. Where no lines could be found that go together.
  findConflicts();
}

void Merge::findConflicts() {
  if (git_index_has_conflicts(index_.get()) == 0) return;
  git_index_conflict_iterator* iterator = nullptr;
  check(git_index_conflict_iterator_new(&iterator, index_.get()), "cannot list conflicts");
  const ConflictsHandle owned(iterator);
  const git_index_entry *base = nullptr, *ours = nullptr, *theirs = nullptr;
  int code;
  while ((code = git_index_conflict_next(&base, &ours, &theirs, iterator)) == 0) {
    const git_index_entry* any = base != nullptr ? base : ours != nullptr ? ours : theirs;
    conflicts_[any->path] = {sideOf(base), sideOf(theirs), sideOf(ours), true};
  }
  if (code != GIT_ITEROVER) check(code, "cannot read a conflict");
}

std::string Merge::writeTree(const std::map<std::string, MergeChoice>& choices) {
  for (const auto& [path, conflict] : conflicts_) {
    const auto chosen = choices.find(path);
    const MergeChoice choice = chosen == choices.end() ? MergeChoice() : chosen->second;
    MergeSide side;
    switch (choice.kind) {
      case MergeChoice::Kind::KeepMerged: {
        if (conflict.lines) throw GitFailure("the conflict in " + path + " is not settled");
        const git_index_entry* merged = git_index_get_bypath(index_.get(), path.c_str(), 0);
        side = sideOf(merged);
        break;
      }
      case MergeChoice::Kind::KeepBase:
        side = conflict.base;
        break;
      case MergeChoice::Kind::KeepSource:
        side = conflict.source;
        break;
      case MergeChoice::Kind::KeepDestination:
        side = conflict.destination;
        break;
      case MergeChoice::Kind::NewContent:
        side.id = writeBlob(repository_, choice.content);
        side.mode = conflict.destination.there() ? conflict.destination.mode : GIT_FILEMODE_BLOB;
        break;
      case MergeChoice::Kind::Delete:
        break;
    }
    if (side.there() && choice.mode) side.mode = *choice.mode;
    found(git_index_conflict_remove(index_.get(), path.c_str()), "cannot settle a conflict");
    found(git_index_remove(index_.get(), path.c_str(), 0), "cannot settle a conflict");
    if (!side.there()) continue;
    git_index_entry entry{};
    parseId(side.id, entry.id);
    entry.mode = side.mode;
    entry.path = path.c_str();
    check(git_index_add(index_.get(), &entry), "cannot settle a conflict");
  }
  git_oid id;
  check(git_index_write_tree_to(&id, index_.get(), repository_.get()), "cannot write the merged tree");
  return toHex(id);
}

}  // namespace thimble::services::codecommit::git
