// Compiles a policy document from JSON.
#include <cctype>

#include "base/arn.h"
#include "base/json.h"
#include "lang/policy/document.h"

namespace thimble::lang::policy {
namespace {

using base::Json;
using base::Result;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDepth = 32;

/// A string or a list of strings; a condition's values may be numbers and booleans as well.
Result<std::vector<std::string>, PolicyError> strings(const Json& json, std::string_view element, bool scalars) {
  std::vector<std::string> texts;
  const auto add = [&](const Json& item) {
    if (item.isString()) {
      texts.push_back(item.asString());
    } else if (scalars && (item.isBool() || item.isNumber())) {
      texts.push_back(item.write());
    } else {
      return false;
    }
    return true;
  };
  if (!json.isArray()) {
    if (!add(json)) return PolicyError{std::string(element) + " must be a string or a list of strings"};
    return texts;
  }
  for (const Json& item : json.asArray()) {
    if (item.isNull()) continue;  // IAM takes an empty place in a list.
    if (!add(item)) return PolicyError{std::string(element) + " must be a string or a list of strings"};
  }
  return texts;
}

bool isAccount(std::string_view text) {
  if (text.size() != 12) return false;
  for (char c : text) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

void addAwsPrincipal(PrincipalSet& set, const std::string& text) {
  if (text == "*") {
    set.everyone = true;
  } else if (isAccount(text)) {
    set.accounts.push_back(text);
  } else if (const auto arn = base::parseArn(text); arn && arn->service == "iam" && arn->resource == "root") {
    set.accounts.push_back(arn->account);
  } else {
    set.arns.push_back(text);
  }
}

Result<PrincipalSet, PolicyError> parsePrincipals(const Json& json) {
  PrincipalSet set;
  if (json.isString()) {
    if (json.asString() != "*") return PolicyError{"Principal must be \"*\" or an object"};
    set.everyone = true;
    return set;
  }
  if (!json.isObject()) return PolicyError{"Principal must be \"*\" or an object"};
  for (const auto& [kind, value] : json.asObject()) {
    TRY_ASSIGN(std::vector<std::string> names, strings(value, "Principal", false));
    for (std::string& name : names) {
      if (kind == "AWS") {
        addAwsPrincipal(set, name);
      } else if (kind == "Service") {
        set.services.push_back(std::move(name));
      } else if (kind == "Federated") {
        set.federated.push_back(std::move(name));
      } else if (kind != "CanonicalUser") {
        return PolicyError{"Unknown kind of principal " + kind};
      }
    }
  }
  return set;
}

Result<std::vector<Condition>, PolicyError> parseConditions(const Json& json, bool variables) {
  std::vector<Condition> conditions;
  if (!json.isObject()) return PolicyError{"Condition must be an object"};
  for (const auto& [name, block] : json.asObject()) {
    if (!block.isObject()) return PolicyError{"Condition operator " + name + " must hold an object"};
    const auto op = ConditionOperator::parse(name);
    if (!op) {
      if (block.empty()) continue;
      return PolicyError{"Unknown condition operator " + name};
    }
    for (const auto& [key, value] : block.asObject()) {
      TRY_ASSIGN(std::vector<std::string> values, strings(value, "Condition " + name, true));
      conditions.emplace_back(name, *op, key, std::move(values), variables);
    }
  }
  return conditions;
}

/// Reads X or NotX of a statement into patterns. Tells by `present` and `negated` which it was.
Result<void, PolicyError> parsePatterns(const Json& statement, const std::string& element,
                                        const PatternOptions& options, std::vector<Pattern>& patterns, bool& present,
                                        bool& negated) {
  const Json* plain = statement.find(element);
  const Json* inverse = statement.find("Not" + element);
  if (plain && inverse) return PolicyError{"A statement cannot have both " + element + " and Not" + element};
  present = plain || inverse;
  negated = inverse != nullptr;
  if (!present) return {};
  TRY_ASSIGN(const std::vector<std::string> texts, strings(plain ? *plain : *inverse, element, false));
  patterns.reserve(texts.size());
  // Actions are compared in lower case, which the request brings along.
  for (const std::string& text : texts) patterns.emplace_back(element == "Action" ? toLower(text) : text, options);
  return {};
}

Result<Statement, PolicyError> parseStatement(const Json& json, bool variables) {
  if (!json.isObject()) return PolicyError{"Statement must be an object or a list of objects"};
  Statement statement;
  statement.sid = json.stringAt("Sid");
  const std::string effect = json.stringAt("Effect");
  if (effect == "Allow") {
    statement.effect = Effect::Allow;
  } else if (effect == "Deny") {
    statement.effect = Effect::Deny;
  } else {
    return PolicyError{"Effect must be Allow or Deny"};
  }
  const Json* principal = json.find("Principal");
  const Json* not_principal = json.find("NotPrincipal");
  if (principal && not_principal) return PolicyError{"A statement cannot have both Principal and NotPrincipal"};
  if (principal || not_principal) {
    statement.has_principal = true;
    statement.not_principal = not_principal != nullptr;
    TRY_ASSIGN(statement.principals, parsePrincipals(principal ? *principal : *not_principal));
  }
  bool has_action = false;
  TRY(parsePatterns(json, "Action", {.variables = false}, statement.actions, has_action, statement.not_action));
  if (!has_action) return PolicyError{"A statement must have Action or NotAction"};
  TRY(parsePatterns(json, "Resource", {.variables = variables}, statement.resources, statement.has_resource,
                    statement.not_resource));
  if (const Json* condition = json.find("Condition")) {
    TRY_ASSIGN(statement.conditions, parseConditions(*condition, variables));
  }
  return statement;
}

}  // namespace

Result<std::shared_ptr<const Document>, PolicyError> Document::fromJson(const Json& json) {
  if (!json.isObject()) return PolicyError{"A policy document must be an object"};
  auto document = std::make_shared<Document>();
  if (const Json* version = json.find("Version")) {
    if (!version->isString() || (version->asString() != "2012-10-17" && version->asString() != "2008-10-17")) {
      return PolicyError{"Unknown policy language version"};
    }
    document->version_ = version->asString();
  }
  const bool variables = document->version_ == "2012-10-17";
  const Json* statements = json.find("Statement");
  if (!statements) return PolicyError{"A policy document must have a Statement"};
  if (statements->isArray()) {
    for (const Json& item : statements->asArray()) {
      TRY_ASSIGN(Statement statement, parseStatement(item, variables));
      document->statements_.push_back(std::move(statement));
    }
  } else {
    TRY_ASSIGN(Statement statement, parseStatement(*statements, variables));
    document->statements_.push_back(std::move(statement));
  }
  return std::shared_ptr<const Document>(std::move(document));
}

Result<std::shared_ptr<const Document>, PolicyError> Document::parse(std::string_view text) {
  const auto json = Json::parse(text, {.max_depth = kMaxDepth, .max_bytes = kMaxBytes});
  if (!json.ok()) return PolicyError{"Not JSON: " + json.error().message};
  return fromJson(*json);
}

}  // namespace thimble::lang::policy
