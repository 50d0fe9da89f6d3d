// Pull requests as rows: finding, showing and changing one, and telling of it.
#pragma once

#include <string>

#include "services/codecommit/git/repository.h"
#include "services/codecommit/references.h"
#include "services/codecommit/repositories.h"

namespace thimble::services::codecommit {

/// PullRequestIdRequiredException, InvalidPullRequestIdException, PullRequestDoesNotExistException.
base::Result<rows::PullRequestRecord> findPullRequest(store::Transaction& transaction, const dispatch::Call& call,
                                                      const std::string& id);

/// findPullRequest, when the caller may do `action` in its repository.
base::Result<rows::PullRequestRecord> admitToPullRequest(dispatch::Context& context, const std::string& id,
                                                         std::string_view action);

shape::PullRequest describePullRequest(store::Transaction& transaction, const rows::PullRequestRecord& record);

/// Writes the row with a new event of its history; `metadata` is the value of PullRequestEvent's `member`. `event` is
/// what EventBridge is told ("pullRequestStatusChanged"); empty: nothing.
void savePullRequest(dispatch::Context& context, rows::PullRequestRecord& record, const std::string& type,
                     const std::string& member, const base::Json& metadata, const std::string& event,
                     const std::string& caller_arn);

/// A branch that open pull requests come from or go to has changed.
void followReference(dispatch::Context& context, const rows::RepositoryRecord& repository,
                     const ReferenceChange& change, const std::string& caller_arn);

base::ApiError pullRequestAlreadyClosed();

/// The rules that the approvals do not satisfy yet, and those that they do: names.
struct ApprovalEvaluation {
  std::vector<std::string> satisfied, open;
};
ApprovalEvaluation evaluateApprovals(const rows::PullRequestRecord& record);

/// Gives a new pull request the rules of its repository's templates. It has its number and its destination.
void addTemplateRules(dispatch::Context& context, rows::PullRequestRecord& record);

/// A repository that goes leaves no association behind.
void dropTemplateLinks(store::Transaction& transaction, const std::string& repository_id);

/// ApprovalRuleContentRequiredException, InvalidApprovalRuleContentException.
base::Result<void> checkRuleContent(const std::string& content);

/// Whether a rule's or template's content is of AWS's form.
bool isRuleContent(const std::string& content);

std::string ruleSha256(const std::string& content);

}  // namespace thimble::services::codecommit
