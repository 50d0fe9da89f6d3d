#include "services/codecommit/pull_requests.h"

#include "base/encoding.h"
#include "services/codecommit/events.h"

namespace thimble::services::codecommit {

using base::Json;

base::Result<rows::PullRequestRecord> findPullRequest(store::Transaction& transaction, const dispatch::Call& call,
                                                      const std::string& id) {
  if (id.empty()) {
    return makeError("PullRequestIdRequiredException", "A pull request ID is required, but was not specified");
  }
  if (id.size() > 9 || id.find_first_not_of("0123456789") != std::string::npos) {
    return makeError("InvalidPullRequestIdException",
                     "The pull request ID is not valid. Make sure that you have provided the full ID and that the pull "
                     "request is in the specified repository, and then try again");
  }
  auto record = kPullRequests.get(transaction, call.account, call.region, std::int64_t{std::stol(id)});
  if (!record) {
    return makeError("PullRequestDoesNotExistException",
                     "The pull request ID could not be found. Make sure that you have specified the correct repository "
                     "name and pull request ID, and then try again");
  }
  return *std::move(record);
}

base::Result<rows::PullRequestRecord> admitToPullRequest(dispatch::Context& context, const std::string& id,
                                                         std::string_view action) {
  TRY_ASSIGN(auto record, findPullRequest(context.transaction(), context.call(), id));
  const auto repository = findById(context.transaction(), record.repository_id());
  TRY(context.authorise(action, repository ? arnOf(*repository) : arnOf(context.region(), context.account(), "*")));
  return record;
}

shape::PullRequest describePullRequest(store::Transaction& transaction, const rows::PullRequestRecord& record) {
  shape::PullRequest out;
  out.pullRequestId_ = std::to_string(record.number());
  out.title_ = record.title();
  if (!record.description().empty()) out.description_ = record.description();
  out.lastActivityDate_ = base::Timestamp{record.activity()};
  out.creationDate_ = base::Timestamp{record.created()};
  out.pullRequestStatus_ = record.closed() ? "CLOSED" : "OPEN";
  out.authorArn_ = record.author();
  auto& target = out.pullRequestTargets_.emplace().emplace_back();
  const auto repository = findById(transaction, record.repository_id());
  target.repositoryName_ = repository ? repository->name() : std::string();
  target.sourceReference_ = record.source_reference();
  target.destinationReference_ = record.destination_reference();
  target.destinationCommit_ = record.destination_commit();
  target.sourceCommit_ = record.source_commit();
  if (!record.merge_base().empty()) target.mergeBase_ = record.merge_base();
  auto& merge = target.mergeMetadata_.emplace();
  merge.isMerged_ = !record.merged_by().empty();
  if (!record.merged_by().empty()) {
    merge.mergedBy_ = record.merged_by();
    merge.mergeCommitId_ = record.merge_commit();
    merge.mergeOption_ = record.merge_option();
  }
  if (!record.client_token().empty()) out.clientRequestToken_ = record.client_token();
  out.revisionId_ = record.revision();
  out.approvalRules_.emplace();
  for (const rows::ApprovalRule& rule : record.rules()) {
    auto& row = out.approvalRules_->emplace_back();
    row.approvalRuleId_ = rule.id();
    row.approvalRuleName_ = rule.name();
    row.approvalRuleContent_ = rule.content();
    row.ruleContentSha256_ = ruleSha256(rule.content());
    row.lastModifiedDate_ = base::Timestamp{rule.modified()};
    row.creationDate_ = base::Timestamp{rule.created()};
    row.lastModifiedUser_ = rule.modified_by();
    if (!rule.template_id().empty()) {
      row.originApprovalRuleTemplate_.emplace();
      row.originApprovalRuleTemplate_->approvalRuleTemplateId_ = rule.template_id();
      row.originApprovalRuleTemplate_->approvalRuleTemplateName_ = rule.template_name();
    }
  }
  return out;
}

void savePullRequest(dispatch::Context& context, rows::PullRequestRecord& record, const std::string& type,
                     const std::string& member, const Json& metadata, const std::string& event,
                     const std::string& caller_arn) {
  record.set_activity(context.now().milliseconds);
  rows::PullRequestEventRecord row;
  row.set_time(context.now().milliseconds);
  row.set_type(type);
  row.set_actor(caller_arn);
  row.set_metadata_member(member);
  row.set_metadata(metadata.write());
  record.set_events(record.events() + 1);
  store::Transaction& transaction = context.transaction();
  kPullRequestEvents.put(transaction, row, record.account(), record.region(), record.number(), record.events());
  kPullRequests.put(transaction, record, record.account(), record.region(), record.number());
  const auto repository = findById(transaction, record.repository_id());
  if (!event.empty() && repository) tellOfPullRequest(context, *repository, record, event, metadata, caller_arn);
}

void followReference(dispatch::Context& context, const rows::RepositoryRecord& repository,
                     const ReferenceChange& change, const std::string& caller_arn) {
  if (change.new_target.empty()) return;
  store::Transaction& transaction = context.transaction();
  for (const auto& entry : kPullRequestLinks.scan(transaction, {}, repository.id())) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    auto record =
        kPullRequests.get(transaction, repository.account(), repository.region(), reader.number().value_or(0));
    if (!record || record->closed()) continue;
    if (record->source_reference() == change.name) {
      const std::string before = record->source_commit();
      record->set_source_commit(change.new_target);
      record->set_revision(context.random().hex(64));
      record->clear_approvals();
      record->clear_overridden_by();
      savePullRequest(context, *record, "PULL_REQUEST_SOURCE_REFERENCE_UPDATED",
                      "pullRequestSourceReferenceUpdatedEventMetadata",
                      Json::object({{"repositoryName", repository.name()},
                                    {"beforeCommitId", before},
                                    {"afterCommitId", change.new_target},
                                    {"mergeBase", record->merge_base()}}),
                      "pullRequestSourceBranchUpdated", caller_arn);
    } else if (record->destination_reference() == change.name) {
      record->set_destination_commit(change.new_target);
      kPullRequests.put(transaction, *record, record->account(), record->region(), record->number());
    }
  }
}

base::ApiError pullRequestAlreadyClosed() {
  return makeError("PullRequestAlreadyClosedException",
                   "The pull request status cannot be updated because it is already closed");
}

std::string ruleSha256(const std::string& content) {
  return base::encodeHex(base::sha256(content));
}

}  // namespace thimble::services::codecommit
