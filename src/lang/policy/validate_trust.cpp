#include "lang/policy/validate_trust.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/arn.h"
#include "lang/policy/condition.h"
#include "lang/policy/validate_resource.h"

namespace thimble::lang::policy {
namespace {

using base::Json;
using Message = std::optional<std::string>;

bool isServicePrincipal(const std::string& name) {
  for (const char* suffix :
       {".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".aws.amazon.com"}) {
    if (name.size() > std::string_view(suffix).size() && name.ends_with(suffix)) {
      return std::all_of(name.begin(), name.end(),
                         [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; });
    }
  }
  return false;
}

bool isAwsPrincipal(const std::string& name) {
  if (name == "*") return true;
  const bool digits = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (digits) return name.size() == 12;
  const auto arn = base::parseArn(name);
  if (!arn) return name.starts_with("AIDA") || name.starts_with("AROA");  // The id that a deleted principal leaves.
  return (arn->service == "iam" || arn->service == "sts") && arn->account.size() == 12 &&
         arn->resource.find('*') == std::string::npos;
}

Message principalMessage(const Json& statement) {
  const Json* principal = statement.find("Principal");
  if (!principal) {
    if (statement.contains("NotPrincipal")) {
      return statement.stringAt("Effect") == "Allow" ? "Allow with NotPrincipal is not allowed."
                                                     : "AssumeRole policy must not contain NotPrincipal field.";
    }
    return "Missing required field Principal";
  }
  if (principal->isString() && principal->asString() == "*") return std::nullopt;
  if (!principal->isObject()) return "Principal must be a JSON object.";
  if (principal->empty()) return "Missing required field Principal cannot be empty!";
  for (const auto& [kind, value] : principal->asObject()) {
    if (kind != "AWS" && kind != "Service" && kind != "Federated") {
      return "Invalid principal in policy: \"" + kind + "\"";
    }
    for (const std::string& name : textsOf(&value)) {
      if (kind == "AWS" && !isAwsPrincipal(name)) return invalidPrincipalMessage("AWS", name);
      if (kind == "Service" && !isServicePrincipal(name)) return invalidPrincipalMessage("SERVICE", name);
    }
  }
  return std::nullopt;
}

Message actionMessage(const Json& statement) {
  const Json* actions = statement.find("Action");
  if (!actions) actions = statement.find("NotAction");
  if (!actions || (actions->isArray() && actions->empty())) return "Missing required field Action";
  for (const std::string& action : textsOf(actions)) {
    if (!toLower(action).starts_with("sts:")) return "AssumeRole policy may only specify STS AssumeRole actions.";
  }
  return std::nullopt;
}

Message conditionMessage(const Json& condition) {
  if (!condition.isObject()) return "Syntax errors in policy.";
  for (const auto& [name, block] : condition.asObject()) {
    if (!block.isObject()) return "Syntax errors in policy.";
    if (!block.empty() && !ConditionOperator::parse(name)) return "Invalid Condition type : " + name;
  }
  return std::nullopt;
}

Message statementMessage(const Json& statement) {
  if (!statement.isObject()) return "Syntax errors in policy.";
  for (const auto& [name, value] : statement.asObject()) {
    static const std::set<std::string> known = {"Sid",          "Effect",   "Action",      "NotAction", "Principal",
                                                "NotPrincipal", "Resource", "NotResource", "Condition"};
    if (!known.contains(name)) return "Unknown field " + name;
  }
  const Json* effect = statement.find("Effect");
  if (!effect) return "Missing required field Effect";
  if (!effect->isString() || (effect->asString() != "Allow" && effect->asString() != "Deny")) {
    return "Invalid effect: " + (effect->isString() ? effect->asString() : effect->write());
  }
  if (Message message = principalMessage(statement)) return message;
  if (Message message = actionMessage(statement)) return message;
  if (statement.contains("Resource")) return "Has prohibited field Resource";
  if (statement.contains("NotResource")) return "AssumeRole policy must not contain resources.";
  if (const Json* condition = statement.find("Condition")) return conditionMessage(*condition);
  return std::nullopt;
}

}  // namespace

std::string invalidPrincipalMessage(const std::string& kind, const std::string& principal) {
  return "Invalid principal in policy: \"" + kind + "\":\"" + principal + "\"";
}

std::optional<std::string> malformedTrustMessage(const Json& document) {
  if (!document.isObject()) return "Syntax errors in policy.";
  for (const auto& [name, value] : document.asObject()) {
    if (name != "Version" && name != "Id" && name != "Statement") return "Unknown field " + name;
  }
  if (const Json* version = document.find("Version")) {
    if (!version->isString() || (version->asString() != "2012-10-17" && version->asString() != "2008-10-17")) {
      return "The policy must contain a valid version string";
    }
  }
  const std::vector<Json> statements = statementsOf(document);
  if (statements.empty()) return "Could not parse the policy: Statement is empty!";
  std::set<std::string> sids;
  for (const Json& statement : statements) {
    if (Message message = statementMessage(statement)) return message;
    const std::string sid = statement.stringAt("Sid");
    if (!sid.empty() && !sids.insert(sid).second) return "The Statement Ids in the policy are not unique";
  }
  return std::nullopt;
}

}  // namespace thimble::lang::policy
