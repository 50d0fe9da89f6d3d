// The resource policy of a REST API.
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kPolicy = "x-amazon-apigateway-policy";

Value invokeStatement(const char* effect, const Value& resources, const Value& principal) {
  Value statement = Value::hashedMap();
  statement.set("Effect", effect);
  statement.set("Action", "execute-api:Invoke");
  statement.set("Resource", resources);
  statement.set("Principal", principal);
  return statement;
}

Value asList(const Value& value) {
  return value.isList() ? value : Value::list({value});
}

/// {"aws:SourceVpc": [...], "aws:SourceVpce": [...]} of endpoints by their prefix, and of intrinsic functions.
Value vpcCondition(const Value& endpoints, const Value& vpcs, const Value& vpc_endpoints) {
  Value condition = Value::hashedMap();
  const auto add = [&](const char* key, const Value& value) { condition.setDefault(key, Value::list()).push(value); };
  const auto addWithPrefix = [&](const char* prefix, const char* key) {
    if (!endpoints.isList()) return;
    for (const Value& endpoint : endpoints.items()) {
      if (endpoint.str().starts_with(prefix)) add(key, endpoint);
    }
  };
  addWithPrefix("vpc-", "aws:SourceVpc");
  addWithPrefix("vpce-", "aws:SourceVpce");
  if (vpcs.isList())
    for (const Value& vpc : vpcs.items()) add("aws:SourceVpc", vpc);
  if (vpc_endpoints.isList())
    for (const Value& endpoint : vpc_endpoints.items()) add("aws:SourceVpce", endpoint);
  return condition;
}

void requireTexts(const Value& list, const std::string& kind) {
  if (list.isNull()) return;
  for (const Value& item : asList(list).items()) {
    if (!item.isText()) {
      failDocument("SourceVpc" + kind + " must be a list of strings. Use IntrinsicVpc" + kind +
                   " instead for values that use Intrinsic Functions");
    }
  }
}

}  // namespace

Value SwaggerEditor::pathResources(const Text& path, const Value& stage) const {
  Value list = Value::list();
  const Text pattern = pathPattern(path, true);
  for (const Value& item : branches(paths_[path.text])) {
    requirePathItem(item, path.text);
    for (const auto& [name, definition] : item.members()) {
      const std::string lower = normalMethod(name).text;
      std::string method = name.text;
      for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const bool any = lower == kAnyMethod;
      if (any) method = "*";
      const bool marked = pattern.marked || (!any && name.marked);
      list.push(
          sub(Text("execute-api:/${__Stage__}/" + method + pattern.text, marked), Value::map({{"__Stage__", stage}})));
    }
  }
  return list;
}

void SwaggerEditor::addStatement(const Value& statement, bool once) {
  const Value existing = policy_["Statement"];
  const Value statements = asList(existing);
  if (!once || !statements.listContains(statement)) statements.push(statement);
  policy_.set("Statement", statements);
}

void SwaggerEditor::addAccountStatement(const Value& accounts, const char* effect, const Value& resources) {
  if (!accounts.truthy()) return;
  if (!accounts.isList() && !accounts.isMap()) {
    failDocument("Type of '" + pythonString(accounts) + "' must be a list or dictionary");
  }
  policy_.set("Version", "2012-10-17");
  const Value statement = invokeStatement(effect, resources, Value::hashedMap({{"AWS", asList(accounts)}}));
  if (policy_["Statement"].isNull())
    policy_.set("Statement", statement);
  else
    addStatement(statement, false);
}

void SwaggerEditor::addDenyUnless(const Value& resources, const Value& condition) {
  policy_.set("Version", "2012-10-17");
  const Value allow = invokeStatement("Allow", resources, "*");
  Value deny = invokeStatement("Deny", resources, "*");
  deny.set("Condition", condition);
  if (policy_["Statement"].isNull()) {
    policy_.set("Statement", Value::list({allow, deny}));
  } else {
    addStatement(allow, true);
    addStatement(deny, true);
  }
}

void SwaggerEditor::addResourcePolicy(const Value& policy, const Text& path, const Value& stage) {
  requireMap(policy, "Resource Policy is not a valid dictionary.");
  for (const auto& [name, effect] :
       {std::pair{"AwsAccountWhitelist", "Allow"}, std::pair{"AwsAccountBlacklist", "Deny"}}) {
    addAccountStatement(policy[name], effect, pathResources(path, stage));
  }
  for (const auto& [name, test] :
       {std::pair{"IpRangeWhitelist", "NotIpAddress"}, std::pair{"IpRangeBlacklist", "IpAddress"}}) {
    if (!policy[name].truthy()) continue;
    addDenyUnless(pathResources(path, stage),
                  Value::map({{test, Value::map({{"aws:SourceIp", asList(policy[name])}})}}));
  }
  const Value resources = pathResources(path, stage);
  for (const auto& [kind, test] : {std::pair{"Blacklist", "StringEquals"}, std::pair{"Whitelist", "StringNotEquals"}}) {
    const std::string suffix = kind;
    requireTexts(policy["SourceVpc" + suffix], suffix);
    const Value condition =
        vpcCondition(policy["SourceVpc" + suffix], policy["IntrinsicVpc" + suffix], policy["IntrinsicVpce" + suffix]);
    if (condition["aws:SourceVpc"].truthy() || condition["aws:SourceVpce"].truthy()) {
      addDenyUnless(resources, Value::map({{test, condition}}));
    }
  }
  document_.set(kPolicy, policy_);
}

void SwaggerEditor::addCustomStatements(const Value& statements) {
  policy_.set("Version", "2012-10-17");
  if (policy_["Statement"].isNull()) {
    policy_.set("Statement", statements);
  } else {
    for (const Value& statement : asList(statements).items()) addStatement(statement, true);
  }
  document_.set(kPolicy, policy_);
}

}  // namespace thimble::lang::sam
