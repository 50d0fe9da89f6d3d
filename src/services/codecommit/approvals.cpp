// Approvals of pull requests, and the rules that ask for them.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestApprovalState.html and its
// neighbours.
#include <algorithm>

#include "base/arn.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kLongestContent = 3000;
constexpr int kMostRules = 30;

/// "*" stands for any text. Linear in both.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// A member of an approval pool: an ARN with "*", or "CodeCommitApprovers:<account>:<name>", which means users and
/// sessions of that name.
bool isMember(const std::string& member, const std::string& arn) {
  constexpr std::string_view kShort = "CodeCommitApprovers:";
  if (!member.starts_with(kShort)) return matches(member, arn);
  const std::size_t colon = member.find(':', kShort.size());
  if (colon == std::string::npos) return false;
  const std::string account = member.substr(kShort.size(), colon - kShort.size());
  const std::string name = member.substr(colon + 1);
  return matches("arn:aws:iam::" + account + ":user/" + name, arn) ||
         matches("arn:aws:sts::" + account + ":federated-user/" + name, arn) ||
         matches("arn:aws:sts::" + account + ":assumed-role/" + name, arn) ||
         matches("arn:aws:sts::" + account + ":assumed-role/" + name + "/*", arn) ||
         matches("arn:aws:sts::" + account + ":assumed-role/*/" + name, arn);
}

bool isSatisfied(const rows::PullRequestRecord& record, const Json& content) {
  const Json& statements = content["Statements"];
  if (!statements.isArray()) return true;
  for (const Json& statement : statements.asArray()) {
    const Json& needed = statement["NumberOfApprovalsNeeded"];
    const Json& pool = statement["ApprovalPoolMembers"];
    std::int64_t given = 0;
    for (const auto& [arn, state] : record.approvals()) {
      if (state != "APPROVE") continue;
      const bool counts = !pool.isArray() || pool.empty() ||
                          std::any_of(pool.asArray().begin(), pool.asArray().end(), [&, who = arn](const Json& member) {
                            return member.isString() && isMember(member.asString(), who);
                          });
      given += counts ? 1 : 0;
    }
    if (needed.isInt() && given < needed.asInt()) return false;
  }
  return true;
}

base::ApiError invalidContent() {
  return makeError("InvalidApprovalRuleContentException", "The content for the approval rule is not valid");
}

base::Result<void> checkRuleName(const std::string& name) {
  if (name.empty())
    return makeError("ApprovalRuleNameRequiredException", "An approval rule name is required, but was not specified");
  if (name.size() > 100)
    return makeError("InvalidApprovalRuleNameException", "The name for the approval rule is not valid");
  return {};
}

rows::ApprovalRule* findRule(rows::PullRequestRecord& record, const std::string& name) {
  for (rows::ApprovalRule& rule : *record.mutable_rules()) {
    if (rule.name() == name) return &rule;
  }
  return nullptr;
}

shape::ApprovalRule describe(store::Transaction& transaction, const rows::PullRequestRecord& record,
                             const std::string& name) {
  shape::PullRequest described = describePullRequest(transaction, record);
  for (auto& rule : *described.approvalRules_) {
    if (rule.approvalRuleName_ == name) return std::move(rule);
  }
  return {};
}

base::Result<void> checkRevision(const rows::PullRequestRecord& record, const std::string& revision) {
  if (revision.empty())
    return makeError("RevisionIdRequiredException", "A revision ID is required, but was not provided");
  if (revision == record.revision()) return {};
  return makeError("RevisionNotCurrentException",
                   "The revision ID provided in the request does not match the current revision ID. Use GetPullRequest "
                   "to retrieve the current revision ID");
}

void saveRuleEvent(dispatch::Context& context, rows::PullRequestRecord& record, const std::string& type,
                   const rows::ApprovalRule& rule, const std::string& event) {
  savePullRequest(
      context, record, type, "approvalRuleEventMetadata",
      Json::object(
          {{"approvalRuleName", rule.name()}, {"approvalRuleId", rule.id()}, {"approvalRuleContent", rule.content()}}),
      event, context.call().identity.arn);
}

base::Result<shape::CreatePullRequestApprovalRuleOutput> createRule(
    dispatch::Context& context, const shape::CreatePullRequestApprovalRuleInput& input) {
  TRY(checkRuleName(input.approvalRuleName_));
  TRY(checkRuleContent(input.approvalRuleContent_));
  TRY_ASSIGN(auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:CreatePullRequestApprovalRule"));
  if (record.closed()) return pullRequestAlreadyClosed();
  if (findRule(record, input.approvalRuleName_) != nullptr) {
    return makeError("ApprovalRuleNameAlreadyExistsException",
                     "An approval rule with that name already exists. Approval rule names must be unique within the "
                     "scope of a pull request");
  }
  if (record.rules_size() >= kMostRules)
    return makeError("NumberOfRulesExceededException",
                     "The approval rule cannot be added. The pull request has the maximum number of approval rules "
                     "associated with it");
  rows::ApprovalRule rule;
  rule.set_id(context.random().uuid());
  rule.set_name(input.approvalRuleName_);
  rule.set_content(input.approvalRuleContent_);
  rule.set_created(context.now().milliseconds);
  rule.set_modified(context.now().milliseconds);
  rule.set_modified_by(context.call().identity.arn);
  *record.add_rules() = rule;
  saveRuleEvent(context, record, "PULL_REQUEST_APPROVAL_RULE_CREATED", rule, "pullRequestApprovalRuleCreated");
  shape::CreatePullRequestApprovalRuleOutput output;
  output.approvalRule_ = describe(context.transaction(), record, rule.name());
  return output;
}

base::Result<shape::DeletePullRequestApprovalRuleOutput> deleteRule(
    dispatch::Context& context, const shape::DeletePullRequestApprovalRuleInput& input) {
  TRY(checkRuleName(input.approvalRuleName_));
  TRY_ASSIGN(auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:DeletePullRequestApprovalRule"));
  if (record.closed()) return pullRequestAlreadyClosed();
  shape::DeletePullRequestApprovalRuleOutput output;
  const rows::ApprovalRule* rule = findRule(record, input.approvalRuleName_);
  if (rule == nullptr) return output;
  if (!rule->template_id().empty()) {
    return makeError("CannotDeleteApprovalRuleFromTemplateException",
                     "The approval rule " + rule->name() +
                         " was created by an approval rule template and cannot be deleted from the pull request");
  }
  const rows::ApprovalRule gone = *rule;
  output.approvalRuleId_ = gone.id();
  auto& rules = *record.mutable_rules();
  rules.erase(std::remove_if(rules.begin(), rules.end(), [&](const auto& each) { return each.name() == gone.name(); }),
              rules.end());
  saveRuleEvent(context, record, "PULL_REQUEST_APPROVAL_RULE_DELETED", gone, "pullRequestApprovalRuleDeleted");
  return output;
}

base::Result<shape::UpdatePullRequestApprovalRuleContentOutput> updateRule(
    dispatch::Context& context, const shape::UpdatePullRequestApprovalRuleContentInput& input) {
  TRY(checkRuleName(input.approvalRuleName_));
  TRY(checkRuleContent(input.newRuleContent_));
  TRY_ASSIGN(auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:UpdatePullRequestApprovalRuleContent"));
  if (record.closed()) return pullRequestAlreadyClosed();
  rows::ApprovalRule* rule = findRule(record, input.approvalRuleName_);
  if (rule == nullptr)
    return makeError("ApprovalRuleDoesNotExistException", "The specified approval rule does not exist");
  if (!rule->template_id().empty()) {
    return makeError("CannotModifyApprovalRuleFromTemplateException",
                     "The approval rule " + rule->name() +
                         " was created by an approval rule template and cannot be modified for the pull request");
  }
  if (input.existingRuleContentSha256_ && *input.existingRuleContentSha256_ != ruleSha256(rule->content())) {
    return makeError("InvalidRuleContentSha256Exception",
                     "The SHA-256 hash signature for the rule content is not valid");
  }
  rule->set_content(input.newRuleContent_);
  rule->set_modified(context.now().milliseconds);
  rule->set_modified_by(context.call().identity.arn);
  const rows::ApprovalRule now = *rule;
  saveRuleEvent(context, record, "PULL_REQUEST_APPROVAL_RULE_UPDATED", now, "pullRequestApprovalRuleUpdated");
  shape::UpdatePullRequestApprovalRuleContentOutput output;
  output.approvalRule_ = describe(context.transaction(), record, now.name());
  return output;
}

base::Result<shape::UpdatePullRequestApprovalState::Output> updateState(
    dispatch::Context& context, const shape::UpdatePullRequestApprovalStateInput& input) {
  TRY_ASSIGN(auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:UpdatePullRequestApprovalState"));
  if (record.closed()) return pullRequestAlreadyClosed();
  TRY(checkRevision(record, input.revisionId_));
  const std::string& caller = context.call().identity.arn;
  if (caller == record.author()) {
    return makeError("PullRequestCannotBeApprovedByAuthorException",
                     "The approval cannot be applied because the user approving the pull request matches the user who "
                     "created the pull request. You cannot approve a pull request that you created");
  }
  (*record.mutable_approvals())[caller] = input.approvalState_;
  savePullRequest(context, record, "PULL_REQUEST_APPROVAL_STATE_CHANGED", "approvalStateChangedEventMetadata",
                  Json::object({{"revisionId", record.revision()}, {"approvalStatus", input.approvalState_}}),
                  "pullRequestApprovalStateChanged", caller);
  return shape::UpdatePullRequestApprovalState::Output{};
}

base::Result<shape::GetPullRequestApprovalStatesOutput> getStates(
    dispatch::Context& context, const shape::GetPullRequestApprovalStatesInput& input) {
  TRY_ASSIGN(const auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:GetPullRequestApprovalStates"));
  shape::GetPullRequestApprovalStatesOutput output;
  output.approvals_.emplace();
  if (input.revisionId_ != record.revision()) return output;
  for (const auto& [arn, state] : record.approvals()) {
    auto& row = output.approvals_->emplace_back();
    row.userArn_ = arn;
    row.approvalState_ = state;
  }
  std::sort(output.approvals_->begin(), output.approvals_->end(),
            [](const auto& a, const auto& b) { return a.userArn_ < b.userArn_; });
  return output;
}

base::Result<shape::EvaluatePullRequestApprovalRulesOutput> evaluate(
    dispatch::Context& context, const shape::EvaluatePullRequestApprovalRulesInput& input) {
  TRY_ASSIGN(const auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:EvaluatePullRequestApprovalRules"));
  TRY(checkRevision(record, input.revisionId_));
  const ApprovalEvaluation evaluation = evaluateApprovals(record);
  shape::EvaluatePullRequestApprovalRulesOutput output;
  output.evaluation_.overridden_ = !record.overridden_by().empty();
  output.evaluation_.approved_ = evaluation.open.empty() || !record.overridden_by().empty();
  output.evaluation_.approvalRulesSatisfied_ = evaluation.satisfied;
  output.evaluation_.approvalRulesNotSatisfied_ = evaluation.open;
  return output;
}

base::Result<shape::OverridePullRequestApprovalRules::Output> overrideRules(
    dispatch::Context& context, const shape::OverridePullRequestApprovalRulesInput& input) {
  TRY_ASSIGN(auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:OverridePullRequestApprovalRules"));
  if (record.closed()) return pullRequestAlreadyClosed();
  TRY(checkRevision(record, input.revisionId_));
  const bool set = input.overrideStatus_ == "OVERRIDE";
  if (set && !record.overridden_by().empty()) {
    return makeError("OverrideAlreadySetException",
                     "The pull request has already had its approval rules set to override");
  }
  record.set_overridden_by(set ? context.call().identity.arn : std::string());
  savePullRequest(context, record, "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN", "approvalRuleOverriddenEventMetadata",
                  Json::object({{"revisionId", record.revision()}, {"overrideStatus", input.overrideStatus_}}),
                  "pullRequestApprovalRuleOverridden", context.call().identity.arn);
  return shape::OverridePullRequestApprovalRules::Output{};
}

base::Result<shape::GetPullRequestOverrideStateOutput> getOverride(
    dispatch::Context& context, const shape::GetPullRequestOverrideStateInput& input) {
  TRY_ASSIGN(const auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:GetPullRequestOverrideState"));
  shape::GetPullRequestOverrideStateOutput output;
  output.overridden_ = !record.overridden_by().empty() && input.revisionId_ == record.revision();
  if (*output.overridden_) output.overrider_ = record.overridden_by();
  return output;
}

}  // namespace

base::Result<void> checkRuleContent(const std::string& content) {
  if (content.empty())
    return makeError("ApprovalRuleContentRequiredException",
                     "The content for the approval rule is empty. You must provide some content for an approval rule. "
                     "The content cannot be null");
  if (!isRuleContent(content)) return invalidContent();
  return {};
}

bool isRuleContent(const std::string& content) {
  if (content.size() > kLongestContent) return false;
  const auto value = Json::parse(content);
  if (!value.ok() || value->stringAt("Version") != "2018-11-08") return false;
  const Json* references = value->find("DestinationReferences");
  if (references != nullptr && !references->isArray()) return false;
  const Json& statements = (*value)["Statements"];
  if (!statements.isArray() || statements.empty()) return false;
  for (const Json& statement : statements.asArray()) {
    const Json& needed = statement["NumberOfApprovalsNeeded"];
    const Json* pool = statement.find("ApprovalPoolMembers");
    if (statement.stringAt("Type") != "Approvers" || !needed.isInt() || needed.asInt() < 0 || needed.asInt() > 100 ||
        (pool != nullptr && !pool->isArray())) {
      return false;
    }
  }
  return true;
}

ApprovalEvaluation evaluateApprovals(const rows::PullRequestRecord& record) {
  ApprovalEvaluation out;
  for (const rows::ApprovalRule& rule : record.rules()) {
    const auto content = Json::parse(rule.content());
    const bool satisfied = content.ok() && isSatisfied(record, *content);
    (satisfied ? out.satisfied : out.open).push_back(rule.name());
  }
  return out;
}

void registerApprovalOperations(dispatch::Registry& registry) {
  registry.add<shape::CreatePullRequestApprovalRule>(createRule);
  registry.add<shape::DeletePullRequestApprovalRule>(deleteRule);
  registry.add<shape::UpdatePullRequestApprovalRuleContent>(updateRule);
  registry.add<shape::UpdatePullRequestApprovalState>(updateState);
  registry.add<shape::GetPullRequestApprovalStates>(getStates);
  registry.add<shape::EvaluatePullRequestApprovalRules>(evaluate);
  registry.add<shape::OverridePullRequestApprovalRules>(overrideRules);
  registry.add<shape::GetPullRequestOverrideState>(getOverride);
}

}  // namespace thimble::services::codecommit
