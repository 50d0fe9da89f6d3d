#include "lang/policy/denial.h"

namespace thimble::lang::policy {
namespace {

constexpr std::size_t kMaxLines = 50;

std::string statementName(const PolicySource& source, std::size_t index) {
  const Statement& statement = source.document->statements()[index];
  const std::string which =
      statement.sid.empty() ? "statement " + std::to_string(index + 1) : "statement \"" + statement.sid + "\"";
  return which + " of " + source.name;
}

std::string list(const std::vector<Pattern>& patterns) {
  std::string text;
  for (const Pattern& pattern : patterns) {
    if (text.size() > 300) return text + ", ...";
    text += (text.empty() ? "" : ", ") + pattern.text();
  }
  return text;
}

std::string conditionMiss(const Condition& condition, const ContextKeys& keys) {
  std::string text = "condition " + condition.operatorName() + " of " + condition.key() + " wants";
  for (const std::string& value : condition.values()) text += " \"" + value + "\"";
  const ContextKeys::Values* values = keys.find(toLower(condition.key()));
  if (!values) return text + ", and the request does not have this key";
  text += ", and the request has";
  for (const std::string& value : *values) text += " \"" + value + "\"";
  return text;
}

/// Why a statement that speaks of the action does not apply; empty when it applies.
std::string missOf(const Statement& statement, const Request& request) {
  if (!statement.matchesResource(request)) {
    return std::string(statement.not_resource ? "its NotResource excepts the resource: " : "its Resource is ") +
           list(statement.resources);
  }
  if (statement.matchesPrincipal(request) == PrincipalMatch::None) return "its Principal does not name the caller";
  for (const Condition& condition : statement.conditions) {
    if (!condition.holds(request.keys)) return conditionMiss(condition, request.keys);
  }
  return "";
}

}  // namespace

const char* nameOf(PolicyType type) {
  switch (type) {
    case PolicyType::Identity:
      return "identity-based policy";
    case PolicyType::Resource:
      return "resource-based policy";
    case PolicyType::PermissionsBoundary:
      return "permissions boundary";
    case PolicyType::Session:
      return "session policy";
    case PolicyType::RoleTrust:
      return "role trust policy";
  }
  return "policy";
}

std::string denialMessage(const Request& request, const Evaluation& evaluation, const DenialStyle& style) {
  const Principal& principal = request.principal;
  std::string who = principal.arn;
  if (who.empty()) who = principal.service;
  if (principal.anonymous || who.empty()) who = "anonymous";
  const std::string quote = style.quote_resource ? "\"" : "";
  std::string message = "User: " + who + " is not authorized to perform: " + request.action + " on resource: " + quote +
                        request.resource + quote;
  if (!style.give_reason) return message;
  if (evaluation.decision == Decision::ExplicitDeny) {
    const bool vowel = evaluation.decided_by == PolicyType::Identity;
    const bool definite = evaluation.decided_by == PolicyType::RoleTrust;
    return message + " with an explicit deny in " +
           (definite ? "the "
            : vowel  ? "an "
                     : "a ") +
           nameOf(evaluation.decided_by);
  }
  return message + " because no " + nameOf(evaluation.decided_by) + " allows the " + request.action + " action";
}

std::vector<std::string> explain(const Request& request, const PolicySet& policies, const Evaluation& evaluation) {
  std::vector<std::string> lines;
  for (const StatementReference& reference : evaluation.statements) {
    const PolicySource& source = policiesOf(policies, reference.type)[reference.policy];
    lines.push_back(std::string(evaluation.allowed() ? "Allowed by " : "Denied by ") +
                    statementName(source, reference.statement) + " (" + nameOf(reference.type) + ").");
    if (lines.size() >= kMaxLines) return lines;
  }
  if (evaluation.decision != Decision::ImplicitDeny) return lines;
  const PolicyType type = evaluation.decided_by;
  const std::vector<PolicySource>& sources = policiesOf(policies, type);
  if (sources.empty()) {
    lines.push_back(std::string("There is no ") + nameOf(type) + " for this request.");
    return lines;
  }
  lines.push_back(std::string("No ") + nameOf(type) + " allows it. Looked at:");
  const std::string action = toLower(request.action);
  for (const PolicySource& source : sources) {
    if (!source.document) continue;
    bool spoke = false;
    const std::vector<Statement>& statements = source.document->statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (statements[i].effect == Effect::Deny || !statements[i].matchesAction(request, action)) continue;
      spoke = true;
      const std::string miss = missOf(statements[i], request);
      if (!miss.empty()) lines.push_back("  " + statementName(source, i) + " is about this action, but " + miss + ".");
      if (lines.size() >= kMaxLines) return lines;
    }
    if (!spoke) lines.push_back("  " + source.name + " does not speak of " + request.action + ".");
    if (lines.size() >= kMaxLines) return lines;
  }
  return lines;
}

}  // namespace thimble::lang::policy
