// What stands in the way of a merge, file by file and line by line.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetMergeConflicts.html,
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DescribeMergeConflicts.html and its Batch form.
#include <algorithm>

#include "base/encoding.h"
#include "services/codecommit/git/hunks.h"
#include "services/codecommit/merge_ends.h"
#include "services/codecommit/merging.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kMostConflicts = 1000;
constexpr std::size_t kMostHunks = 1000;

std::string typeName(const git::MergeSide& side) {
  return side.mode == GIT_FILEMODE_LINK     ? "SYMBOLIC_LINK"
         : side.mode == GIT_FILEMODE_COMMIT ? "GIT_LINK"
         : side.mode == GIT_FILEMODE_TREE   ? "DIRECTORY"
                                            : "FILE";
}

bool isBlob(const git::MergeSide& side) {
  return side.there() && side.mode != GIT_FILEMODE_COMMIT && side.mode != GIT_FILEMODE_TREE;
}

shape::ConflictMetadata describe(const git::Repository& git, const std::string& path,
                                 const git::MergeConflict& conflict) {
  shape::ConflictMetadata out;
  out.filePath_ = path;
  out.fileSizes_.emplace();
  out.fileModes_.emplace();
  out.objectTypes_.emplace();
  out.isBinaryFile_.emplace();
  const auto fill = [&](const git::MergeSide& side, auto& size, auto& mode, auto& type, auto& binary) {
    if (!side.there()) return;
    type = typeName(side);
    if (!isBlob(side)) return;
    git_oid id;
    git::parseId(side.id, id);
    const git::BlobHandle blob = git.blob(id);
    size = blob ? static_cast<std::int64_t>(git_blob_rawsize(blob.get())) : 0;
    mode = fileModeName(side.mode);
    binary = blob && git_blob_is_binary(blob.get()) != 0;
  };
  fill(conflict.base, out.fileSizes_->base_, out.fileModes_->base_, out.objectTypes_->base_, out.isBinaryFile_->base_);
  fill(conflict.source, out.fileSizes_->source_, out.fileModes_->source_, out.objectTypes_->source_,
       out.isBinaryFile_->source_);
  fill(conflict.destination, out.fileSizes_->destination_, out.fileModes_->destination_, out.objectTypes_->destination_,
       out.isBinaryFile_->destination_);
  out.contentConflict_ = conflict.source.id != conflict.destination.id;
  out.fileModeConflict_ =
      isBlob(conflict.source) && isBlob(conflict.destination) && conflict.source.mode != conflict.destination.mode;
  out.objectTypeConflict_ = conflict.source.there() && conflict.destination.there() &&
                            typeName(conflict.source) != typeName(conflict.destination);
  out.numberOfConflicts_ =
      (*out.contentConflict_ ? 1 : 0) + (*out.fileModeConflict_ ? 1 : 0) + (*out.objectTypeConflict_ ? 1 : 0);
  out.mergeOperations_.emplace();
  const auto operation = [&](const git::MergeSide& side) {
    return !conflict.base.there() ? "A" : !side.there() ? "D" : "M";
  };
  out.mergeOperations_->source_ = operation(conflict.source);
  out.mergeOperations_->destination_ = operation(conflict.destination);
  return out;
}

base::Result<shape::GetMergeConflictsOutput> getConflicts(const GitCall& call,
                                                          const shape::GetMergeConflictsInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  const MergeRequest request = requestBetween(ends, input);
  const git::Merge merge = beginMerge(*git, request);
  const std::vector<std::string> open = openConflicts(merge, request);
  const bool fast_forward = input.mergeOption_ == "FAST_FORWARD_MERGE";
  shape::GetMergeConflictsOutput output;
  output.mergeable_ = fast_forward ? merge.isFastForward() : open.empty();
  output.sourceCommitId_ = ends.source;
  output.destinationCommitId_ = ends.destination;
  if (!merge.base().empty()) output.baseCommitId_ = merge.base();
  const std::size_t limit =
      std::min(kMostConflicts,
               static_cast<std::size_t>(std::max<std::int64_t>(1, input.maxConflictFiles_.value_or(kMostConflicts))));
  for (std::size_t i = offset; i < open.size(); ++i) {
    if (output.conflictMetadataList_.size() == limit) {
      output.nextToken_ = offsetToken(i);
      break;
    }
    output.conflictMetadataList_.push_back(describe(*git, open[i], merge.conflicts().at(open[i])));
  }
  return output;
}

shape::MergeHunkDetail detail(const git::HunkSide& side) {
  shape::MergeHunkDetail out;
  out.startLine_ = static_cast<std::int64_t>(side.begin);
  out.endLine_ = static_cast<std::int64_t>(side.end);
  out.hunkContent_ = base::encodeBase64(side.content);
  return out;
}

struct Hunks {
  std::vector<shape::MergeHunk> list;
  std::optional<std::string> next;
};

Hunks hunksOf(const git::Repository& git, const git::MergeConflict& conflict, std::size_t offset,
              const std::optional<std::int64_t>& most) {
  const std::size_t limit =
      std::min(kMostHunks, static_cast<std::size_t>(std::max<std::int64_t>(1, most.value_or(kMostHunks))));
  const std::vector<git::Hunk> found = git::findHunks(git, conflict);
  Hunks out;
  for (std::size_t i = offset; i < found.size(); ++i) {
    if (out.list.size() == limit) {
      out.next = offsetToken(i);
      break;
    }
    shape::MergeHunk hunk;
    hunk.isConflict_ = found[i].conflict;
    hunk.base_ = detail(found[i].base);
    hunk.source_ = detail(found[i].source);
    hunk.destination_ = detail(found[i].destination);
    out.list.push_back(std::move(hunk));
  }
  return out;
}

/// A merge that has conflicts at all: one that only moves a branch has none.
template <class Input>
base::Result<MergeRequest> requestOf(const Input& input, const Ends& ends) {
  if (input.mergeOption_ == "FAST_FORWARD_MERGE") {
    return makeError("InvalidMergeOptionException",
                     "The specified merge option is not valid for this operation. Not all merge strategies are "
                     "supported for all operations");
  }
  return requestBetween(ends, input);
}

base::Result<shape::DescribeMergeConflictsOutput> describeConflicts(const GitCall& call,
                                                                    const shape::DescribeMergeConflictsInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  TRY_ASSIGN(const std::string path, cleanPath(input.filePath_));
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  TRY_ASSIGN(const MergeRequest request, requestOf(input, ends));
  const git::Merge merge = beginMerge(*git, request);
  const std::vector<std::string> open = openConflicts(merge, request);
  if (std::find(open.begin(), open.end(), path) == open.end()) return fileDoesNotExist(path);
  const git::MergeConflict& conflict = merge.conflicts().at(path);
  shape::DescribeMergeConflictsOutput output;
  output.sourceCommitId_ = ends.source;
  output.destinationCommitId_ = ends.destination;
  if (!merge.base().empty()) output.baseCommitId_ = merge.base();
  output.conflictMetadata_ = describe(*git, path, conflict);
  Hunks hunks = hunksOf(*git, conflict, offset, input.maxMergeHunks_);
  output.mergeHunks_ = std::move(hunks.list);
  output.nextToken_ = std::move(hunks.next);
  return output;
}

base::Result<shape::BatchDescribeMergeConflictsOutput> describeSeveral(
    const GitCall& call, const shape::BatchDescribeMergeConflictsInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  TRY_ASSIGN(const MergeRequest request, requestOf(input, ends));
  const git::Merge merge = beginMerge(*git, request);
  const std::vector<std::string> open = openConflicts(merge, request);
  shape::BatchDescribeMergeConflictsOutput output;
  output.sourceCommitId_ = ends.source;
  output.destinationCommitId_ = ends.destination;
  if (!merge.base().empty()) output.baseCommitId_ = merge.base();
  std::vector<std::string> paths = input.filePaths_.value_or(std::vector<std::string>());
  if (paths.empty()) paths = open;
  const std::size_t limit =
      std::min(kMostConflicts,
               static_cast<std::size_t>(std::max<std::int64_t>(1, input.maxConflictFiles_.value_or(kMostConflicts))));
  output.errors_.emplace();
  for (std::size_t i = offset; i < paths.size(); ++i) {
    if (output.conflicts_.size() == limit) {
      output.nextToken_ = offsetToken(i);
      break;
    }
    if (std::find(open.begin(), open.end(), paths[i]) == open.end()) {
      shape::BatchDescribeMergeConflictsError error;
      error.filePath_ = paths[i];
      error.exceptionName_ = fileDoesNotExist(paths[i]).code;
      error.message_ = fileDoesNotExist(paths[i]).message;
      output.errors_->push_back(std::move(error));
      continue;
    }
    const git::MergeConflict& conflict = merge.conflicts().at(paths[i]);
    shape::Conflict out;
    out.conflictMetadata_ = describe(*git, paths[i], conflict);
    out.mergeHunks_ = hunksOf(*git, conflict, 0, input.maxMergeHunks_).list;
    output.conflicts_.push_back(std::move(out));
  }
  return output;
}

}  // namespace

void registerMergeConflicts(dispatch::Registry& registry, World& world) {
  addReading<shape::GetMergeConflicts>(registry, world, getConflicts);
  addReading<shape::DescribeMergeConflicts>(registry, world, describeConflicts);
  addReading<shape::BatchDescribeMergeConflicts>(registry, world, describeSeveral);
}

}  // namespace thimble::services::codecommit
