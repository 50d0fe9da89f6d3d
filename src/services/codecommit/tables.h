// CodeCommit's tables.
#pragma once

#include "services/codecommit/codecommit.pb.h"
#include "store/table.h"

namespace thimble::services::codecommit {

inline constexpr store::Table<rows::RepositoryRecord> kRepositories("codecommit.repository");
inline constexpr store::Table<rows::NameRecord> kNames("codecommit.name");
inline constexpr store::Table<rows::IdRecord> kIds("codecommit.id");
inline constexpr store::Table<rows::ReferenceRecord> kReferences("codecommit.reference");
inline constexpr store::Table<rows::PullRequestRecord> kPullRequests("codecommit.pull_request");
inline constexpr store::Table<rows::PullRequestLink> kPullRequestLinks("codecommit.pull_request_link");
inline constexpr store::Table<rows::PullRequestCounter> kPullRequestCounters("codecommit.pull_request_counter");
inline constexpr store::Table<rows::PullRequestEventRecord> kPullRequestEvents("codecommit.pull_request_event");
inline constexpr store::Table<rows::CommentRecord> kComments("codecommit.comment");
inline constexpr store::Table<rows::ThreadRecord> kThreads("codecommit.thread");
inline constexpr store::Table<rows::PendingPush> kPendingPushes("codecommit.pending_push");
inline constexpr store::Table<rows::ApprovalRuleTemplateRecord> kTemplates("codecommit.approval_template");
inline constexpr store::Table<rows::TemplateLink> kTemplateLinks("codecommit.template_link");
inline constexpr store::Table<rows::TemplateRepository> kTemplateRepositories("codecommit.template_repository");

}  // namespace thimble::services::codecommit
