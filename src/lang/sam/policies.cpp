#include "lang/sam/policies.h"

#include <algorithm>
#include <functional>

#include "lang/sam/data.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/resolver.h"

namespace thimble::lang::sam {
namespace {

enum class PolicyKind { Managed, Statement, Template, Unknown };

const base::Json* findTemplate(const Value& policy) {
  return policy.isMap() && policy.size() == 1 ? policyTemplates().find(policy.members().front().first.text) : nullptr;
}

PolicyKind kindOf(const Value& policy, bool with_templates) {
  if (policy.isText()) return PolicyKind::Managed;
  if (isIntrinsicIf(policy)) {
    const Value arguments = policy["Fn::If"];
    if (const auto fault = faultInIfArguments(arguments)) failTemplate(*fault);
    const PolicyKind then = kindOf(arguments.items()[1], with_templates);
    const PolicyKind otherwise = kindOf(arguments.items()[2], with_templates);
    if (then == otherwise || isNoValue(arguments.items()[2])) return then;
    if (isNoValue(arguments.items()[1])) return otherwise;
    failTemplate(
        "Different policy types within the same Fn::If statement is unsupported. Separate different policy types into "
        "different Fn::If statements");
  }
  if (isIntrinsic(policy)) return PolicyKind::Managed;
  if (policy.has("Statement")) return PolicyKind::Statement;
  if (with_templates && findTemplate(policy) != nullptr) return PolicyKind::Template;
  return PolicyKind::Unknown;
}

Value entries(const Value& policies) {
  if (!policies.truthy()) return Value::list();
  return policies.isList() ? policies : Value::list({policies});
}

/// Parameters of a template get names that no reference of the user's can have, so that what they stand for is not
/// replaced in turn.
std::string privateName(const std::string& parameter) {
  return "\x01" + parameter;
}

Value withPrivateRefs(const Value& node) {
  if (node.isList()) {
    Value list = Value::list();
    for (const Value& item : node.items()) list.push(withPrivateRefs(item));
    return list;
  }
  if (!node.isMap()) return node;
  Value map = Value::map();
  for (const auto& [name, member] : node.members()) {
    if (name.text == "Ref" && member.isText())
      map.set(name, privateName(member.str()));
    else
      map.set(name, withPrivateRefs(member));
  }
  return map;
}

Value expandTemplate(const Value& policy, const std::string& logical_id) {
  const auto [name, given] = policy.members().front();
  const base::Json& definition = *findTemplate(policy);
  if (!given.isMap()) {
    failResource(logical_id, "Must specify valid parameter values for policy template '" + name.text + "'");
  }
  Value values = Value::map();
  std::vector<std::string> missing;
  for (const base::Json& parameter : definition["Parameters"].asArray()) {
    if (given.has(parameter.asString()))
      values.set(privateName(parameter.asString()), given[parameter.asString()]);
    else
      missing.push_back(parameter.asString());
  }
  if (!missing.empty()) {
    Value list = Value::list();
    for (const std::string& parameter : missing) list.push(parameter);
    failResource(logical_id, "Following required parameters of template '" + name.text +
                                 "' don't have values: " + pythonRepr(list));
  }
  Value document = Value::map({{"Statement", withPrivateRefs(Value::fromJson(definition["Statement"]))}});
  return resolveRefs(document, values);
}

Value convertBoth(const Value& policy, const std::function<bool(const Value&)>& applies,
                  const std::function<Value(const Value&)>& convert) {
  const Value arguments = policy["Fn::If"];
  for (std::size_t i = 1; i <= 2; ++i) {
    Value& branch = arguments.items()[i];
    if (applies(branch)) branch = convert(branch);
  }
  return policy;
}

std::string managedArn(const Context& context, const std::string& name) {
  const auto given = context.input.managed_policies.find(name);
  if (given != context.input.managed_policies.end()) return given->second;
  const std::string known = managedPolicyArn(context.partition(), name);
  return known.empty() ? name : known;
}

}  // namespace

void expandPolicyTemplates(const Value& properties, const std::string& logical_id) {
  const Value policies = entries(properties["Policies"]);
  if (policies.size() == 0) return;
  Value expanded = Value::list();
  std::vector<PolicyKind> kinds;
  for (const Value& policy : policies.items()) kinds.push_back(kindOf(policy, true));
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const Value policy = policies.items()[i];
    if (kinds[i] != PolicyKind::Template) {
      expanded.push(policy);
    } else if (isIntrinsicIf(policy)) {
      const Value arguments = policy["Fn::If"].shallowCopy();
      for (std::size_t branch = 1; branch <= 2; ++branch) {
        Value& part = arguments.items()[branch];
        if (!isNoValue(part)) part = expandTemplate(part, logical_id);
      }
      expanded.push(Value::map({{"Fn::If", arguments}}));
    } else {
      expanded.push(expandTemplate(policy, logical_id));
    }
  }
  properties.set("Policies", expanded);
}

ResourcePointer makeExecutionRole(const Context& context, const RoleParts& parts) {
  ResourcePointer role = makeResource("AWS::IAM::Role", parts.resource_id + "Role", parts.attributes);
  role->set("AssumeRolePolicyDocument", parts.trust_policy);
  const Value managed = parts.managed_arns;
  const Value inline_policies = parts.inline_policies;
  const Value policies = entries(parts.policies);
  std::vector<PolicyKind> kinds;
  for (const Value& policy : policies.items()) kinds.push_back(kindOf(policy, false));
  for (std::size_t index = 0; index < policies.size(); ++index) {
    Value policy = policies.items()[index];
    const auto named = [&](const Value& document) {
      return Value::map(
          {{"PolicyName", role->logical_id + "Policy" + std::to_string(index)}, {"PolicyDocument", document}});
    };
    if (kinds[index] == PolicyKind::Statement) {
      inline_policies.push(isIntrinsicIf(policy) ? convertBoth(
                                                       policy, [](const Value& v) { return !isNoValue(v); }, named)
                                                 : named(policy));
    } else if (kinds[index] == PolicyKind::Managed) {
      const auto convert = [&](const Value& name) -> Value { return managedArn(context, name.str()); };
      if (policy.isText())
        policy = convert(policy);
      else if (isIntrinsicIf(policy))
        policy = convertBoth(
            policy, [](const Value& v) { return v.isText(); }, convert);
      if (!managed.listContains(policy)) managed.push(policy);
    } else {
      failResource(parts.resource_id.text,
                   "Policy at index " + std::to_string(index) + " in the 'Policies' property is not valid");
    }
  }
  role->set("ManagedPolicyArns", managed);
  if (inline_policies.size() > 0) role->set("Policies", inline_policies);
  role->set("Path", parts.path);
  role->set("PermissionsBoundary", parts.permissions_boundary);
  role->set("Tags", parts.tags);
  return role;
}

}  // namespace thimble::lang::sam
