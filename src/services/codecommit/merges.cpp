// Merging branches, and asking how it would go.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergeBranchesByThreeWay.html and its neighbours.
#include "services/codecommit/commit_values.h"
#include "services/codecommit/events.h"
#include "services/codecommit/git/write.h"
#include "services/codecommit/merge_ends.h"
#include "services/codecommit/merging.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

/// The branch that the merge is for: the one named, or the destination when that is a branch.
template <class Input>
base::Result<std::string> targetOf(const GitCall& call, const rows::RepositoryRecord& record, const Input& input,
                                   const std::string& destination) {
  std::string branch = input.targetBranch_.value_or(input.destinationCommitSpecifier_);
  if (branch.starts_with(kBranchPrefix)) branch = branch.substr(kBranchPrefix.size());
  const auto tip = branchTarget(call.transaction, record.id(), branch);
  if (!tip) return branchDoesNotExist(branch);
  if (*tip != destination) {
    return makeError("ConcurrentReferenceUpdateException",
                     "The merge cannot be completed because the target branch has been modified. Another user might "
                     "have modified the target branch while the merge was in progress");
  }
  return branch;
}

template <MergeOption kOption, class Output, class Input>
base::Result<Changed<Output>> mergeBranches(const GitCall& call, const Input& input,
                                            const rows::RepositoryRecord& record) {
  const auto git = call.open(record);
  MergeRequest request;
  request.option = kOption;
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  TRY_ASSIGN(const std::string branch, targetOf(call, record, input, ends.destination));
  // Only here is it known which branch is meant when the member targetBranch is absent.
  TRY(call.authorise("codecommit:" + call.call.operation, record,
                     {{"codecommit:References", {std::string(kBranchPrefix) + branch}}}));
  request.source = ends.source;
  request.destination = ends.destination;
  if constexpr (kOption != MergeOption::FastForward) {
    readMergeMembers(input, request);
    TRY_ASSIGN(request.author, personOf(call, input.authorName_, input.email_));
    const char* word = kOption == MergeOption::Squash ? "Squashed " : "Merged ";
    TRY_ASSIGN(request.message,
               messageOf(input.commitMessage_, word + input.sourceCommitSpecifier_ + " into " + branch));
  }
  TRY_ASSIGN(const MergeMade made, makeMerge(*git, request));
  const std::string reference = std::string(kBranchPrefix) + branch;
  if (made.commit != ends.destination) git::setReference(*git, reference, made.commit, ends.destination);
  call.world.folders.syncFolders(record.id(), {reference});
  Changed<Output> changed;
  changed.output.commitId_ = made.commit;
  changed.output.treeId_ = made.tree;
  return changed;
}

base::Result<Changed<shape::CreateUnreferencedMergeCommitOutput>> createUnreferenced(
    const GitCall& call, const shape::CreateUnreferencedMergeCommitInput& input, const rows::RepositoryRecord& record) {
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  MergeRequest request = requestBetween(ends, input);
  request.option = input.mergeOption_ == "SQUASH_MERGE"      ? MergeOption::Squash
                   : input.mergeOption_ == "THREE_WAY_MERGE" ? MergeOption::ThreeWay
                                                             : MergeOption::FastForward;
  TRY_ASSIGN(request.author, personOf(call, input.authorName_, input.email_));
  TRY_ASSIGN(request.message, messageOf(input.commitMessage_, "Merged " + input.sourceCommitSpecifier_));
  TRY_ASSIGN(const MergeMade made, makeMerge(*git, request));
  call.world.folders.syncFolders(record.id(), {});
  Changed<shape::CreateUnreferencedMergeCommitOutput> changed;
  changed.output.commitId_ = made.commit;
  changed.output.treeId_ = made.tree;
  const UnreferencedMerge told{.commit = made.commit,
                               .base = git::Merge(*git, ends.source, ends.destination).base(),
                               .source = ends.source,
                               .destination = ends.destination,
                               .option = input.mergeOption_,
                               .detail_level = input.conflictDetailLevel_.value_or("FILE_LEVEL"),
                               .resolution_strategy = request.strategy};
  changed.also = [told, record](dispatch::Context& context) { tellOfUnreferencedMerge(context, record, told); };
  return changed;
}

base::Result<shape::GetMergeOptionsOutput> getOptions(const GitCall& call, const shape::GetMergeOptionsInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  const MergeRequest request = requestBetween(ends, input);
  const git::Merge merge = beginMerge(*git, request);
  shape::GetMergeOptionsOutput output;
  output.sourceCommitId_ = ends.source;
  output.destinationCommitId_ = ends.destination;
  output.baseCommitId_ = merge.base();
  if (merge.isFastForward()) output.mergeOptions_.push_back("FAST_FORWARD_MERGE");
  if (openConflicts(merge, request).empty()) {
    output.mergeOptions_.push_back("SQUASH_MERGE");
    output.mergeOptions_.push_back("THREE_WAY_MERGE");
  }
  return output;
}

base::Result<shape::GetMergeCommitOutput> getMergeCommit(const GitCall& call, const shape::GetMergeCommitInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  const auto git = call.open(record);
  TRY_ASSIGN(const Ends ends, endsOf(git, record, input));
  const git::Merge merge(*git, ends.source, ends.destination);
  shape::GetMergeCommitOutput output;
  output.sourceCommitId_ = ends.source;
  output.destinationCommitId_ = ends.destination;
  if (!merge.base().empty()) output.baseCommitId_ = merge.base();
  if (merge.base() == ends.source) output.mergedCommitId_ = ends.destination;
  return output;
}

}  // namespace

void registerMergeOperations(dispatch::Registry& registry, World& world) {
  addChange<shape::MergeBranchesByFastForward>(
      registry, world, byName<shape::MergeBranchesByFastForwardInput>,
      mergeBranches<MergeOption::FastForward, shape::MergeBranchesByFastForwardOutput,
                    shape::MergeBranchesByFastForwardInput>);
  addChange<shape::MergeBranchesBySquash>(
      registry, world, byName<shape::MergeBranchesBySquashInput>,
      mergeBranches<MergeOption::Squash, shape::MergeBranchesBySquashOutput, shape::MergeBranchesBySquashInput>);
  addChange<shape::MergeBranchesByThreeWay>(
      registry, world, byName<shape::MergeBranchesByThreeWayInput>,
      mergeBranches<MergeOption::ThreeWay, shape::MergeBranchesByThreeWayOutput, shape::MergeBranchesByThreeWayInput>);
  addChange<shape::CreateUnreferencedMergeCommit>(registry, world, byName<shape::CreateUnreferencedMergeCommitInput>,
                                                  createUnreferenced);
  addReading<shape::GetMergeOptions>(registry, world, getOptions);
  addReading<shape::GetMergeCommit>(registry, world, getMergeCommit);
}

}  // namespace thimble::services::codecommit
