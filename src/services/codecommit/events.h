// What EventBridge, and the notification rules beside it, are told of repositories; each in the transaction that makes
// it true. https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "dispatch/context.h"
#include "services/codecommit/tables.h"

namespace thimble::services::codecommit {

struct ReferenceChange;

/// "referenceCreated", "referenceUpdated" or "referenceDeleted".
void tellOfReference(dispatch::Context& context, const rows::RepositoryRecord& repository,
                     const ReferenceChange& change, const std::string& caller_arn);

/// "unreferencedMergeCommitCreated".
struct UnreferencedMerge {
  std::string commit, base, source, destination;
  std::string option;               ///< "SQUASH_MERGE".
  std::string detail_level;         ///< "LINE_LEVEL".
  std::string resolution_strategy;  ///< "AUTOMERGE".
};
void tellOfUnreferencedMerge(dispatch::Context& context, const rows::RepositoryRecord& repository,
                             const UnreferencedMerge& merge);

/// `event`: "pullRequestStatusChanged" and the like. `metadata`: what the row of the pull request's history says more.
void tellOfPullRequest(dispatch::Context& context, const rows::RepositoryRecord& repository,
                       const rows::PullRequestRecord& record, const std::string& event, const base::Json& metadata,
                       const std::string& caller_arn);

enum class CommentChange { Created, Updated };
/// `pull_request`: the number of the one that the comment is on; empty: it is on a commit.
void tellOfComment(dispatch::Context& context, const rows::RepositoryRecord& repository,
                   const rows::ThreadRecord& thread, const rows::CommentRecord& comment,
                   const std::string& pull_request, CommentChange change);

/// What AWS lets people react with. https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-commit-comment.html
struct Reaction {
  const char *emoji, *short_code, *unicode;
};
/// `updated`: the caller had another reaction to the comment before.
void tellOfReaction(dispatch::Context& context, const rows::RepositoryRecord& repository,
                    const rows::CommentRecord& comment, const Reaction& reaction, bool updated);

/// `event`: "approvalRuleTemplateCreated" and the like. `repositories`: those that it is about, when it is about any.
void tellOfTemplate(dispatch::Context& context, const rows::ApprovalRuleTemplateRecord& record,
                    const std::string& event, const std::vector<rows::RepositoryRecord>& repositories);

}  // namespace thimble::services::codecommit
