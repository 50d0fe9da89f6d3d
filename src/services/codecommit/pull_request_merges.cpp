// Merging pull requests.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_MergePullRequestByThreeWay.html and its neighbours.
#include "services/codecommit/commit_values.h"
#include "services/codecommit/git/write.h"
#include "services/codecommit/merging.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr const char* optionName(MergeOption option) {
  return option == MergeOption::FastForward ? "FAST_FORWARD_MERGE"
         : option == MergeOption::Squash    ? "SQUASH_MERGE"
                                            : "THREE_WAY_MERGE";
}

/// The pull request when it may be merged now.
base::Result<rows::PullRequestRecord> mergeable(const GitCall& call, const std::string& id,
                                                const rows::RepositoryRecord& repository,
                                                const std::optional<std::string>& source_commit) {
  TRY_ASSIGN(auto record, findPullRequest(call.transaction, call.call, id));
  if (record.repository_id() != repository.id()) {
    return makeError("RepositoryNotAssociatedWithPullRequestException",
                     "The repository does not contain any pull requests with that pull request ID. Use GetPullRequest "
                     "to verify the correct repository name for the pull request ID");
  }
  if (record.closed()) return pullRequestAlreadyClosed();
  if (source_commit && *source_commit != record.source_commit()) {
    return makeError("TipOfSourceReferenceIsDifferentException",
                     "The tip of the source branch in the destination repository does not match the tip of the source "
                     "branch specified in your request. The pull request might have been updated. Make sure that you "
                     "have the latest changes");
  }
  if (record.overridden_by().empty() && !evaluateApprovals(record).open.empty()) {
    return makeError("PullRequestApprovalRulesNotSatisfiedException",
                     "The pull request cannot be merged because one or more approval rules applied to the pull request "
                     "have conditions that have not been met");
  }
  return record;
}

template <MergeOption kOption, class Output, class Input>
base::Result<Changed<Output>> merge(const GitCall& call, const Input& input, const rows::RepositoryRecord& repository) {
  TRY_ASSIGN(auto record, mergeable(call, input.pullRequestId_, repository, input.sourceCommitId_));
  // Only here is it known which branch is meant.
  const std::string& reference = record.destination_reference();
  TRY(call.authorise("codecommit:" + call.call.operation, repository, {{"codecommit:References", {reference}}}));
  const auto tip = kReferences.get(call.transaction, repository.id(), reference);
  if (!tip) return branchDoesNotExist(reference);
  const git::Repository git(call.world.folders.path(repository.id()));
  MergeRequest request;
  request.option = kOption;
  request.source = record.source_commit();
  request.destination = tip->target();
  if constexpr (kOption != MergeOption::FastForward) {
    readMergeMembers(input, request);
    TRY_ASSIGN(request.author, personOf(call, input.authorName_, input.email_));
    TRY_ASSIGN(request.message,
               messageOf(input.commitMessage_, "Merged pull request " + input.pullRequestId_ + ": " + record.title()));
  }
  TRY_ASSIGN(const MergeMade made, makeMerge(git, request));
  if (made.commit != request.destination && !git::setReference(git, reference, made.commit, request.destination)) {
    return makeError("ConcurrentReferenceUpdateException", "The branch was changed by another at the same time");
  }
  call.world.folders.syncFolders(repository.id(), {reference});
  // The row is closed in the commit that records the branch; the output is what it will be.
  const std::string caller = call.call.identity.arn;
  const auto close = [made, caller](rows::PullRequestRecord& each) {
    each.set_closed(true);
    each.set_destination_commit(made.commit);
    each.set_merged_by(caller);
    each.set_merge_commit(made.commit);
    each.set_merge_option(optionName(kOption));
  };
  Changed<Output> changed;
  changed.also = [close, caller, number = record.number(), name = repository.name(), account = record.account(),
                  region = record.region()](dispatch::Context& context) {
    auto now = kPullRequests.get(context.transaction(), account, region, number);
    if (!now || now->closed()) return;
    close(*now);
    savePullRequest(context, *now, "PULL_REQUEST_MERGE_STATE_CHANGED", "pullRequestMergedStateChangedEventMetadata",
                    Json::object({{"repositoryName", name},
                                  {"destinationReference", now->destination_reference()},
                                  {"mergeMetadata", Json::object({{"isMerged", true},
                                                                  {"mergedBy", caller},
                                                                  {"mergeCommitId", now->merge_commit()},
                                                                  {"mergeOption", now->merge_option()}})}}),
                    "pullRequestMergeStatusUpdated", caller);
  };
  close(record);
  record.set_activity(call.world.environment.clock.now().milliseconds);
  changed.output.pullRequest_ = describePullRequest(call.transaction, record);
  return changed;
}

}  // namespace

void registerPullRequestMerges(dispatch::Registry& registry, World& world) {
  addChange<shape::MergePullRequestByFastForward>(
      registry, world, byName<shape::MergePullRequestByFastForwardInput>,
      merge<MergeOption::FastForward, shape::MergePullRequestByFastForwardOutput,
            shape::MergePullRequestByFastForwardInput>);
  addChange<shape::MergePullRequestBySquash>(
      registry, world, byName<shape::MergePullRequestBySquashInput>,
      merge<MergeOption::Squash, shape::MergePullRequestBySquashOutput, shape::MergePullRequestBySquashInput>);
  addChange<shape::MergePullRequestByThreeWay>(
      registry, world, byName<shape::MergePullRequestByThreeWayInput>,
      merge<MergeOption::ThreeWay, shape::MergePullRequestByThreeWayOutput, shape::MergePullRequestByThreeWayInput>);
}

}  // namespace thimble::services::codecommit
