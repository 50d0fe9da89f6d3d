// The policy simulator.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
#include <set>

#include "base/arn.h"
#include "lang/policy/evaluate.h"
#include "lang/policy/position.h"
#include "services/iam/caller_policies.h"
#include "services/iam/condition_keys.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

using lang::policy::Evaluation;
using lang::policy::PolicyType;
using shapes::iam::GetContextKeysForCustomPolicy;
using shapes::iam::GetContextKeysForPrincipalPolicy;
using shapes::iam::SimulateCustomPolicy;
using shapes::iam::SimulatePrincipalPolicy;

/// A document with its text, which tells where its statements stand.
struct Text {
  std::string id;
  std::string document;
};

struct Texts {
  std::vector<Text> identity;
  std::optional<std::vector<Text>> boundary;
  std::vector<Text> resource;
};

base::Result<void> addInputs(const std::vector<std::string>& documents, const std::string& prefix,
                             std::vector<Text>& texts) {
  int number = 0;
  for (const std::string& document : documents) {
    if (!lang::policy::Document::parse(document).ok()) return invalidInput("Syntax errors in policy.");
    texts.push_back({prefix + "." + std::to_string(++number), document});
  }
  return {};
}

std::vector<lang::policy::PolicySource> compiled(const std::vector<Text>& texts) {
  std::vector<lang::policy::PolicySource> sources;
  for (const Text& text : texts) {
    auto document = lang::policy::Document::parse(text.document);
    sources.push_back({text.id, document.ok() ? *std::move(document) : nullptr});
  }
  return sources;
}

void addTexts(dispatch::Context& context, const rows::Principal& principal, const std::string& kind,
              std::vector<Text>& texts) {
  for (const rows::InlinePolicy& policy : principal.inline_policies()) {
    texts.push_back({kind + "_" + principal.name() + "_" + policy.name(), policy.document()});
  }
  for (const std::string& arn : principal.attached_policies()) {
    if (auto document = policyDocument(context.transaction(), arn)) {
      texts.push_back({arn.substr(arn.rfind('/') + 1), *std::move(document)});
    }
  }
}

/// The policies of the user, group or role that an ARN names.
base::Result<Texts> textsOfPrincipal(dispatch::Context& context, const std::string& arn_text) {
  const auto arn = base::parseArn(arn_text);
  const std::string type = arn ? arn->resource.substr(0, arn->resource.find('/')) : "";
  if (!arn || arn->service != "iam" || (type != "user" && type != "group" && type != "role")) {
    return invalidInput("Invalid Entity Arn: " + arn_text + " does not clearly define entity type and name.");
  }
  const Kind kind = type == "user" ? Kind::User : type == "group" ? Kind::Group : Kind::Role;
  const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
  TRY_ASSIGN(const Holder holder, Holder::load(context, kind, name));
  Texts texts;
  addTexts(context, holder.principal(), type, texts.identity);
  const std::string& boundary = holder.principal().permissions_boundary();
  if (!boundary.empty()) {
    texts.boundary.emplace();
    if (auto document = policyDocument(context.transaction(), boundary)) {
      texts.boundary->push_back({boundary.substr(boundary.rfind('/') + 1), *std::move(document)});
    }
  }
  if (kind == Kind::User) {
    TRY_ASSIGN(const rows::UserRecord user, loadUser(context, name));
    for (const std::string& group_name : user.groups()) {
      TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, group_name));
      addTexts(context, group.principal(), "group", texts.identity);
    }
  }
  return texts;
}

const std::vector<Text>& textsOf(const Texts& texts, PolicyType type) {
  static const std::vector<Text> none;
  switch (type) {
    case PolicyType::Identity:
      return texts.identity;
    case PolicyType::PermissionsBoundary:
      return texts.boundary ? *texts.boundary : none;
    case PolicyType::Resource:
      return texts.resource;
    case PolicyType::Session:
    case PolicyType::RoleTrust:
      break;
  }
  return none;
}

std::vector<shapes::iam::Statement> matched(const Texts& texts, const Evaluation& evaluation) {
  std::vector<shapes::iam::Statement> statements;
  for (const lang::policy::StatementReference& reference : evaluation.statements) {
    const std::vector<Text>& list = textsOf(texts, reference.type);
    const Text& text = list[reference.policy];
    shapes::iam::Statement statement;
    statement.SourcePolicyId_ = text.id;
    statement.SourcePolicyType_ = reference.type == PolicyType::Resource ? "Resource Policy" : "IAM Policy";
    const auto positions = lang::policy::statementPositions(text.document);
    if (reference.statement < positions.size()) {
      const auto& [start, end] = positions[reference.statement];
      statement.StartPosition_.emplace();
      statement.StartPosition_->Line_ = start.line;
      statement.StartPosition_->Column_ = start.column;
      statement.EndPosition_.emplace();
      statement.EndPosition_->Line_ = end.line;
      statement.EndPosition_->Column_ = end.column;
    }
    statements.push_back(std::move(statement));
  }
  return statements;
}

/// Keys that conditions of statements about the action look at and the simulation was not given.
std::vector<std::string> missingKeys(const lang::policy::PolicySet& policies, const lang::policy::Request& request) {
  std::set<std::string> missing;
  const std::string action = lang::policy::toLower(request.action);
  for (const lang::policy::PolicySource& source : policies.identity) {
    if (!source.document) continue;
    for (const lang::policy::Statement& statement : source.document->statements()) {
      if (!statement.matchesAction(request, action)) continue;
      for (const lang::policy::Condition& condition : statement.conditions) {
        if (!request.keys.find(lang::policy::toLower(condition.key()))) missing.insert(condition.key());
      }
    }
  }
  return {missing.begin(), missing.end()};
}

const char* decisionName(lang::policy::Decision decision) {
  switch (decision) {
    case lang::policy::Decision::Allowed:
      return "allowed";
    case lang::policy::Decision::ExplicitDeny:
      return "explicitDeny";
    case lang::policy::Decision::ImplicitDeny:
      break;
  }
  return "implicitDeny";
}

shapes::iam::EvaluationResult evaluateOne(const Texts& texts, const lang::policy::PolicySet& policies,
                                          const lang::policy::Request& request) {
  const Evaluation evaluation = lang::policy::evaluate(request, policies);
  shapes::iam::EvaluationResult result;
  result.EvalActionName_ = request.action;
  result.EvalResourceName_ = request.resource;
  result.EvalDecision_ = decisionName(evaluation.decision);
  result.MatchedStatements_ = matched(texts, evaluation);
  result.MissingContextValues_ = missingKeys(policies, request);
  result.EvalDecisionDetails_.emplace();
  result.OrganizationsDecisionDetail_.emplace();
  result.OrganizationsDecisionDetail_->AllowedByOrganizations_ = true;
  if (policies.boundary) {
    result.PermissionsBoundaryDecisionDetail_.emplace();
    result.PermissionsBoundaryDecisionDetail_->AllowedByPermissionsBoundary_ =
        evaluation.allowed() || evaluation.decided_by != PolicyType::PermissionsBoundary;
  }
  if (request.resource != "*") {
    shapes::iam::ResourceSpecificResult specific;
    specific.EvalResourceName_ = request.resource;
    specific.EvalResourceDecision_ = result.EvalDecision_;
    specific.MatchedStatements_ = result.MatchedStatements_;
    specific.MissingContextValues_ = result.MissingContextValues_;
    specific.PermissionsBoundaryDecisionDetail_ = result.PermissionsBoundaryDecisionDetail_;
    result.ResourceSpecificResults_ = std::vector<shapes::iam::ResourceSpecificResult>{std::move(specific)};
  }
  return result;
}

template <class Output, class Input>
base::Result<Output> simulate(dispatch::Context& context, const Input& input, Texts texts,
                              const std::string& principal_arn) {
  if (input.PermissionsBoundaryPolicyInputList_) {
    texts.boundary.emplace();
    TRY(addInputs(*input.PermissionsBoundaryPolicyInputList_, "PermissionsBoundaryPolicyInputList", *texts.boundary));
  }
  if (input.ResourcePolicy_) TRY(addInputs({*input.ResourcePolicy_}, "ResourcePolicy", texts.resource));
  lang::policy::PolicySet policies;
  policies.identity = compiled(texts.identity);
  policies.resource = compiled(texts.resource);
  if (texts.boundary) policies.boundary = compiled(*texts.boundary);
  lang::policy::Request request;
  request.principal.arn = input.CallerArn_.value_or(principal_arn);
  request.principal.account = context.account();
  if (const auto arn = base::parseArn(request.principal.arn)) {
    request.principal.account = arn->account;
    request.keys.set("aws:PrincipalArn", request.principal.arn);
    if (arn->resource.starts_with("user/")) {
      request.keys.set("aws:username", arn->resource.substr(arn->resource.rfind('/') + 1));
    }
  }
  for (const auto& entry : input.ContextEntries_.value_or(std::vector<shapes::iam::ContextEntry>{})) {
    if (entry.ContextKeyName_) {
      request.keys.setAll(*entry.ContextKeyName_, entry.ContextKeyValues_.value_or(std::vector<std::string>{}));
    }
  }
  struct Numbered {
    std::string number;
    shapes::iam::EvaluationResult result;
  };
  std::vector<Numbered> results;
  const std::vector<std::string> everything{"*"};
  for (const std::string& action : input.ActionNames_) {
    for (const std::string& resource : input.ResourceArns_ ? *input.ResourceArns_ : everything) {
      request.action = action;
      request.resource = resource;
      results.push_back({std::to_string(1'000'000 + results.size()), evaluateOne(texts, policies, request)});
    }
  }
  TRY_ASSIGN(auto page, paginate(std::move(results), input.Marker_, input.MaxItems_,
                                 [](const Numbered& numbered) { return numbered.number; }));
  Output output;
  setPaging(page, output);
  output.EvaluationResults_.emplace();
  for (Numbered& numbered : page.items) output.EvaluationResults_->push_back(std::move(numbered.result));
  return output;
}

base::Result<SimulateCustomPolicy::Output> simulateCustomPolicy(dispatch::Context& context,
                                                                const SimulateCustomPolicy::Input& input) {
  Texts texts;
  TRY(addInputs(input.PolicyInputList_, "PolicyInputList", texts.identity));
  return simulate<SimulateCustomPolicy::Output>(context, input, std::move(texts), "");
}

base::Result<SimulatePrincipalPolicy::Output> simulatePrincipalPolicy(dispatch::Context& context,
                                                                      const SimulatePrincipalPolicy::Input& input) {
  TRY_ASSIGN(Texts texts, textsOfPrincipal(context, input.PolicySourceArn_));
  if (input.PolicyInputList_) TRY(addInputs(*input.PolicyInputList_, "PolicyInputList", texts.identity));
  return simulate<SimulatePrincipalPolicy::Output>(context, input, std::move(texts), input.PolicySourceArn_);
}

/// Keys of conditions, and those of policy variables.
std::vector<std::string> contextKeys(const std::vector<Text>& texts) {
  std::set<std::string> keys;
  for (const Text& text : texts) {
    const auto document = lang::policy::Document::parse(text.document);
    if (!document.ok()) continue;
    for (const lang::policy::Statement& statement : (*document)->statements()) {
      for (const lang::policy::Condition& condition : statement.conditions) keys.insert(condition.key());
    }
    for (std::size_t at = text.document.find("${"); at != std::string::npos; at = text.document.find("${", at + 2)) {
      const std::size_t end = text.document.find_first_of(",}", at);
      const std::string key = end == std::string::npos ? "" : text.document.substr(at + 2, end - at - 2);
      if (key.find(':') != std::string::npos) keys.insert(key);
    }
  }
  return {keys.begin(), keys.end()};
}

base::Result<GetContextKeysForCustomPolicy::Output> getContextKeysForCustomPolicy(
    dispatch::Context&, const GetContextKeysForCustomPolicy::Input& input) {
  std::vector<Text> texts;
  TRY(addInputs(input.PolicyInputList_, "PolicyInputList", texts));
  GetContextKeysForCustomPolicy::Output output;
  output.ContextKeyNames_ = contextKeys(texts);
  return output;
}

base::Result<GetContextKeysForPrincipalPolicy::Output> getContextKeysForPrincipalPolicy(
    dispatch::Context& context, const GetContextKeysForPrincipalPolicy::Input& input) {
  TRY_ASSIGN(Texts texts, textsOfPrincipal(context, input.PolicySourceArn_));
  if (input.PolicyInputList_) TRY(addInputs(*input.PolicyInputList_, "PolicyInputList", texts.identity));
  GetContextKeysForPrincipalPolicy::Output output;
  output.ContextKeyNames_ = contextKeys(texts.identity);
  return output;
}

}  // namespace

void registerSimulation(dispatch::Registry& registry) {
  registry.add<SimulateCustomPolicy>(simulateCustomPolicy);
  registry.add<SimulatePrincipalPolicy>(simulatePrincipalPolicy);
  registry.add<GetContextKeysForCustomPolicy>(getContextKeysForCustomPolicy);
  registry.add<GetContextKeysForPrincipalPolicy>(getContextKeysForPrincipalPolicy);
}

}  // namespace thimble::services::iam
