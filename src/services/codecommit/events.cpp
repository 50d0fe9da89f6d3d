#include "services/codecommit/events.h"

#include "dispatch/event_outbox.h"
#include "services/codecommit/pull_requests.h"
#include "services/codecommit/references.h"
#include "services/codecommit/repositories.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr const char* kInRepository = "event occurred in the following AWS CodeCommit repository: ";

void emit(dispatch::Context& context, const rows::RepositoryRecord& repository, const char* detail_type, Json detail) {
  dispatch::emitEvent(context, {.account = repository.account(),
                                .region = repository.region(),
                                .source = "aws.codecommit",
                                .detail_type = detail_type,
                                .resources = {arnOf(repository)},
                                .detail = std::move(detail)});
}

/// "Mon Nov 23 19:37:42 UTC 2026".
std::string textDate(base::Timestamp time) {
  const std::string date = base::formatHttpDate(time);  // "Mon, 23 Nov 2026 19:37:42 GMT"
  return date.substr(0, 3) + " " + date.substr(8, 3) + " " + date.substr(5, 2) + " " + date.substr(17, 8) + " UTC " +
         date.substr(12, 4);
}

/// "codecommit/repositories/NAME" + rest, where AWS's own console would show it.
std::string console(const rows::RepositoryRecord& repository, const std::string& rest) {
  return " For more information, go to the AWS CodeCommit console https://" + repository.region() +
         ".console.aws.amazon.com/codesuite/codecommit/repositories/" + repository.name() + rest +
         "?region=" + repository.region();
}

/// A session says its person's name by its tags.
/// https://docs.aws.amazon.com/codecommit/latest/userguide/security-iam.html#security-iam_service-with-iam-tags-identity
void addPerson(const dispatch::Context& context, Json& detail) {
  for (const char* member : {"displayName", "emailAddress"}) {
    const auto& tags = context.call().identity.session_tags;
    if (const auto found = tags.find(member); found != tags.end()) detail.set(member, found->second);
  }
}

std::string personText(const dispatch::Context& context) {
  std::string text;
  const auto& tags = context.call().identity.session_tags;
  if (const auto name = tags.find("displayName"); name != tags.end())
    text += "The display name for the user is " + name->second + ". ";
  if (const auto address = tags.find("emailAddress"); address != tags.end())
    text += "The email address for the user is " + address->second + ". ";
  return text;
}

std::string branchOf(const std::string& reference) {
  return reference.starts_with(kBranchPrefix) ? reference.substr(kBranchPrefix.size()) : reference;
}

/// What happened, in a sentence.
std::string pullRequestText(const rows::PullRequestRecord& record, const std::string& event, const Json& metadata,
                            const std::string& caller) {
  const std::string number = std::to_string(record.number());
  const std::string user = "User: " + caller + ". Event: ";
  const std::string rule = metadata.stringAt("approvalRuleName");
  if (event == "pullRequestCreated")
    return user + "Created. The pull request was created with the following information: Pull Request ID as " + number +
           " and title as " + record.title() + ".";
  if (event == "pullRequestSourceBranchUpdated")
    return user + "Updated. The user updated the following pull request: " + number +
           ". The pull request was updated with one or more commits to the source branch: " +
           branchOf(record.source_reference()) + ".";
  if (event == "pullRequestStatusChanged")
    return caller + " updated the following PullRequest " + number +
           ". The pull request status has been updated. The status is " + (record.closed() ? "closed." : "open.");
  if (event == "pullRequestMergeStatusUpdated")
    return caller + " updated the following PullRequest " + number +
           ". The pull request merge status has been updated. The status is merged.";
  if (event == "pullRequestApprovalRuleCreated")
    return user + "Updated. Pull request: " + number +
           ". Additional information: An approval rule has been created with the following name: " + rule + ".";
  if (event == "pullRequestApprovalRuleDeleted")
    return user + "Updated. Pull request: " + number +
           ". Additional information: An approval rule has been deleted: " + rule + " was deleted.";
  if (event == "pullRequestApprovalRuleUpdated")
    return user + "Updated. Pull request name: " + number +
           ". The content of an approval rule has been updated for the pull request. The name of the updated rule "
           "is: " +
           rule + ".";
  if (event == "pullRequestApprovalRuleOverridden")
    return user + "Updated. Pull request name: " + number +
           ". Additional information: An override event has occurred for the approval rules for this pull request. "
           "Override status: " +
           metadata.stringAt("overrideStatus") + ".";
  return user + "Updated. Pull request name: " + number +
         ". Additional information: A user has changed their approval state for the pull request. State change: " +
         metadata.stringAt("approvalStatus") + ".";
}

/// What happened to a template, in a sentence.
std::string templateText(const rows::ApprovalRuleTemplateRecord& record, const std::string& event,
                         const std::string& names) {
  if (event == "approvalRuleTemplateAssociatedWithRepository")
    return "An approval rule template has been associated with the following repository: [" + names + "].";
  if (event == "approvalRuleTemplateDisassociatedFromRepository")
    return "An approval rule template has been disassociated from the following repository: [" + names + "].";
  if (event == "batchAssociateApprovalRuleTemplateWithRepositories")
    return "An approval rule template has been batch associated with the following repository names: [" + names + "].";
  if (event == "batchDisassociateApprovalRuleTemplateFromRepositories")
    return "An approval rule template has been batch disassociated from the following repository names: [" + names +
           "].";
  const bool created = event == "approvalRuleTemplateCreated", deleted = event == "approvalRuleTemplateDeleted";
  const std::string done = created ? "created" : deleted ? "deleted" : "updated";
  std::string text = "An approval rule template with the following name has been " + done + ": " + record.name() +
                     ". The ID of the " + done + " template is: " + record.id() + ".";
  if (!created && !deleted) text += " The after rule template content SHA256 is " + ruleSha256(record.content()) + ".";
  return text;
}

}  // namespace

void tellOfReference(dispatch::Context& context, const rows::RepositoryRecord& repository,
                     const ReferenceChange& change, const std::string& caller_arn) {
  const std::string_view event = change.old_target.empty()   ? "referenceCreated"
                                 : change.new_target.empty() ? "referenceDeleted"
                                                             : "referenceUpdated";
  std::string_view type = "other", name = change.name;
  for (const auto& [prefix, kind] :
       {std::pair<std::string_view, std::string_view>{"refs/heads/", "branch"}, {"refs/tags/", "tag"}}) {
    if (!name.starts_with(prefix)) continue;
    type = kind;
    name.remove_prefix(prefix.size());
    break;
  }
  Json detail = Json::object({{"callerUserArn", caller_arn}});
  if (!change.new_target.empty()) detail.set("commitId", change.new_target);
  detail.set("event", event);
  if (!change.old_target.empty()) detail.set("oldCommitId", change.old_target);
  detail.set("referenceFullName", change.name);
  detail.set("referenceName", name);
  detail.set("referenceType", type);
  detail.set("repositoryId", repository.id());
  detail.set("repositoryName", repository.name());
  emit(context, repository, "CodeCommit Repository State Change", std::move(detail));
}

void tellOfUnreferencedMerge(dispatch::Context& context, const rows::RepositoryRecord& repository,
                             const UnreferencedMerge& merge) {
  Json detail = Json::object({{"callerUserArn", context.call().identity.arn},
                              {"commitId", merge.commit},
                              {"event", "unreferencedMergeCommitCreated"},
                              {"repositoryId", repository.id()},
                              {"repositoryName", repository.name()},
                              {"sourceCommitId", merge.source},
                              {"destinationCommitId", merge.destination},
                              {"mergeOption", merge.option},
                              {"conflictDetailsLevel", merge.detail_level},
                              {"conflictResolutionStrategy", merge.resolution_strategy}});
  if (!merge.base.empty()) detail.set("baseCommitId", merge.base);
  emit(context, repository, "CodeCommit Repository State Change", std::move(detail));
}

void tellOfPullRequest(dispatch::Context& context, const rows::RepositoryRecord& repository,
                       const rows::PullRequestRecord& record, const std::string& event, const Json& metadata,
                       const std::string& caller_arn) {
  const std::string number = std::to_string(record.number());
  Json detail = Json::object();
  for (const char* member : {"approvalRuleId", "approvalRuleName", "approvalStatus", "overrideStatus"}) {
    if (metadata.contains(member)) detail.set(member, metadata[member]);
  }
  if (metadata.contains("approvalRuleContent"))
    detail.set("approvalRuleContentSha256", ruleSha256(metadata.stringAt("approvalRuleContent")));
  if (!record.merge_option().empty()) detail.set("mergeOption", record.merge_option());
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, Json>>{
           {"author", record.author()},
           {"callerUserArn", caller_arn},
           {"creationDate", textDate({record.created()})},
           {"description", record.description()},
           {"destinationCommit", record.destination_commit()},
           {"destinationReference", record.destination_reference()},
           {"event", event},
           {"isMerged", record.merged_by().empty() ? "False" : "True"},
           {"lastModifiedDate", textDate({record.activity()})},
           {"notificationBody", std::string("A pull request ") + kInRepository + repository.name() + ". " +
                                    pullRequestText(record, event, metadata, caller_arn) +
                                    console(repository, "/pull-requests/" + number)},
           {"pullRequestId", number},
           {"pullRequestStatus", record.closed() ? "Closed" : "Open"},
           {"repositoryNames", Json::array({repository.name()})},
           {"revisionId", record.revision()},
           {"sourceCommit", record.source_commit()},
           {"sourceReference", record.source_reference()},
           {"title", record.title()}}) {
    detail.set(name, value);
  }
  addPerson(context, detail);
  emit(context, repository, "CodeCommit Pull Request State Change", std::move(detail));
}

void tellOfComment(dispatch::Context& context, const rows::RepositoryRecord& repository,
                   const rows::ThreadRecord& thread, const rows::CommentRecord& comment,
                   const std::string& pull_request, CommentChange change) {
  const std::string& caller = context.call().identity.arn;
  const bool on_commit = pull_request.empty(), created = change == CommentChange::Created;
  const std::string done = "The user: " + caller + (created ? " made" : " updated") +
                           " a comment or replied to a comment. The comment was made on the following ";
  std::string address = "/compare/" + thread.before_commit() + "/.../" + thread.after_commit();
  if (!on_commit) {
    const std::size_t colon = comment.id().find(':');
    address = "/pull-requests/" + pull_request + "/activity#" + comment.id().substr(0, colon) +
              (colon == std::string::npos ? std::string() : "%3A" + comment.id().substr(colon + 1));
  }
  Json detail = Json::object(
      {{"afterCommitId", thread.after_commit()},
       {"callerUserArn", caller},
       {"commentId", comment.id()},
       {"event",
        std::string(on_commit ? "commentOnCommit" : "commentOnPullRequest") + (created ? "Created" : "Updated")},
       {"notificationBody", std::string(on_commit ? "A comment " : "A pull request ") + kInRepository +
                                repository.name() + ". " + personText(context) + done +
                                (on_commit ? "comment ID: " + comment.id() : "Pull Request: " + pull_request) + "." +
                                console(repository, address)},
       {"repositoryId", repository.id()},
       {"repositoryName", repository.name()}});
  if (!thread.before_commit().empty()) detail.set("beforeCommitId", thread.before_commit());
  if (!comment.in_reply_to().empty()) detail.set("inReplyTo", comment.in_reply_to());
  if (!on_commit) detail.set("pullRequestId", pull_request);
  addPerson(context, detail);
  emit(context, repository, on_commit ? "CodeCommit Comment on Commit" : "CodeCommit Comment on Pull Request",
       std::move(detail));
}

void tellOfReaction(dispatch::Context& context, const rows::RepositoryRecord& repository,
                    const rows::CommentRecord& comment, const Reaction& reaction, bool updated) {
  const std::string& caller = context.call().identity.arn;
  const std::string done = updated ? " updated a reaction " : " made a comment reaction ";
  emit(context, repository, "CodeCommit Comment Reaction Change",
       Json::object({{"callerUserArn", caller},
                     {"commentId", comment.id()},
                     {"event", updated ? "commentReactionUpdated" : "commentReactionCreated"},
                     {"notificationBody",
                      "A comment reaction event occurred in the following AWS CodeCommit "
                      "Repository: " +
                          repository.name() + ". The user: " + caller + done + reaction.emoji +
                          " to the comment with comment ID: " + comment.id()},
                     {"reactionEmojis", Json::array({reaction.emoji})},
                     {"reactionShortcodes", Json::array({reaction.short_code})},
                     {"reactionUnicodes", Json::array({reaction.unicode})},
                     {"repositoryId", repository.id()},
                     {"repositoryName", repository.name()}}));
}

void tellOfTemplate(dispatch::Context& context, const rows::ApprovalRuleTemplateRecord& record,
                    const std::string& event, const std::vector<rows::RepositoryRecord>& repositories) {
  std::string names;
  std::vector<std::string> resources;
  Json by_name = Json::object();
  for (const rows::RepositoryRecord& repository : repositories) {
    names += (names.empty() ? "" : ", ") + repository.name();
    resources.push_back(arnOf(repository));
    by_name.set(repository.name(), repository.id());
  }
  const std::string& caller = context.call().identity.arn;
  Json detail = Json::object(
      {{"approvalRuleTemplateContentSha256", ruleSha256(record.content())},
       {"approvalRuleTemplateId", record.id()},
       {"approvalRuleTemplateName", record.name()},
       {"callerUserArn", caller},
       {"creationDate", textDate({record.created()})},
       {"event", event},
       {"lastModifiedDate", textDate({record.modified()})},
       {"notificationBody",
        "A approval rule template event occurred in the following AWS CodeCommit account: " + context.account() +
            ". User: " + caller + ". Additional information: " + templateText(record, event, names) +
            " For more information, go to the AWS CodeCommit console."},
       {"repositories", std::move(by_name)}});
  dispatch::emitEvent(context, {.account = context.account(),
                                .region = context.region(),
                                .source = "aws.codecommit",
                                .detail_type = "CodeCommit Approval Rule Template Change",
                                .resources = std::move(resources),
                                .detail = std::move(detail)});
}

}  // namespace thimble::services::codecommit
