#include "services/cloudformation/stack_policies.h"

#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stacks.h"
#include "services/cloudformation/template_fetch.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;
namespace shape = shapes::cloudformation;

Json::Array listOf(const Json& value) {
  if (value.isArray()) return value.asArray();
  return value.isNull() ? Json::Array{} : Json::Array{value};
}

/// "*" stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool listMatches(const Json& patterns, const std::string& text) {
  for (const Json& pattern : listOf(patterns)) {
    if (pattern.isString() && matches(pattern.asString(), text)) return true;
  }
  return false;
}

bool applies(const Json& statement, const std::string& action, const std::string& resource, const std::string& type) {
  const bool actions = statement.contains("Action") ? listMatches(statement["Action"], action)
                                                    : !listMatches(statement["NotAction"], action);
  const bool resources = statement.contains("Resource") ? listMatches(statement["Resource"], resource)
                                                        : !listMatches(statement["NotResource"], resource);
  if (!actions || !resources) return false;
  const Json& condition = statement["Condition"];
  if (!condition.isObject()) return true;
  for (const auto& [test, keys] : condition.asObject()) {
    const Json& types = keys["ResourceType"];
    if (types.isNull() || !listMatches(types, type)) return false;
  }
  return true;
}

/// Deny overrides allow; what no statement allows is denied.
bool isAllowed(const Json& policy, const std::string& action, const std::string& resource, const std::string& type) {
  bool allowed = false;
  for (const Json& statement : listOf(policy["Statement"])) {
    if (!applies(statement, action, resource, type)) continue;
    if (statement.stringAt("Effect") == "Deny") return false;
    allowed = true;
  }
  return allowed;
}

base::Result<shape::SetStackPolicy::Output> setStackPolicy(dispatch::Context& context,
                                                           const shape::SetStackPolicyInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack || stack->status() == "DELETE_COMPLETE") return stackDoesNotExist(input.StackName_);
  if (!input.StackPolicyBody_) return validationError("You must specify either StackPolicyBody or StackPolicyURL.");
  TRY(checkStackPolicy(*input.StackPolicyBody_));
  stack->set_policy(*input.StackPolicyBody_);
  putStack(context.transaction(), *stack);
  return shape::SetStackPolicy::Output{};
}

base::Result<shape::GetStackPolicyOutput> getStackPolicy(dispatch::Context& context,
                                                         const shape::GetStackPolicyInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack || stack->status() == "DELETE_COMPLETE") return stackDoesNotExist(input.StackName_);
  shape::GetStackPolicyOutput output;
  if (!stack->policy().empty()) output.StackPolicyBody_ = stack->policy();
  return output;
}

}  // namespace

base::Result<void> checkStackPolicy(const std::string& text) {
  const base::ApiError invalid = validationError("Error validating stack policy: Invalid stack policy");
  auto policy = Json::parse(text);
  if (!policy.ok() || !policy->isObject()) return invalid;
  if (policy->empty()) return {};
  const Json& statements = (*policy)["Statement"];
  if (!statements.isArray() && !statements.isObject()) return invalid;
  for (const Json& statement : listOf(statements)) {
    const std::string effect = statement.stringAt("Effect");
    if (effect != "Allow" && effect != "Deny") return invalid;
    if (!statement.contains("Action") && !statement.contains("NotAction")) return invalid;
    for (const Json& action : listOf(statement["Action"])) {
      if (!action.isString() || (action.asString() != "*" && action.asString().compare(0, 7, "Update:") != 0))
        return invalid;
    }
    if (!statement.contains("Resource") && !statement.contains("NotResource")) return invalid;
    if (statement.stringAt("Principal") != "*") return invalid;
  }
  return {};
}

base::Result<void> checkAgainstPolicy(const rows::StackRecord& stack, const std::string& during_update,
                                      const Json& changes) {
  const std::string& text = during_update.empty() ? stack.policy() : during_update;
  if (text.empty()) return {};
  const Json policy = parseStored(text);
  if (policy.empty()) return {};
  for (const Json& wrapped : changes.asArray()) {
    const Json& change = wrapped["ResourceChange"];
    const std::string kind = change.stringAt("Action");
    if (kind == "Add") continue;
    const std::string action = kind == "Remove"                           ? "Update:Delete"
                               : change.stringAt("Replacement") == "True" ? "Update:Replace"
                                                                          : "Update:Modify";
    const std::string name = change.stringAt("LogicalResourceId");
    if (isAllowed(policy, action, "LogicalResourceId/" + name, change.stringAt("ResourceType"))) continue;
    return validationError("Action denied by stack policy: Statement [#1] does not allow [" + action +
                           "] for resource [" + name + "]");
  }
  return {};
}

void registerStackPolicies(dispatch::Registry& registry) {
  addWithUrl<shape::SetStackPolicy>(registry, &shape::SetStackPolicyInput::StackPolicyURL_,
                                    &shape::SetStackPolicyInput::StackPolicyBody_, setStackPolicy);
  registry.add<shape::GetStackPolicy>(getStackPolicy);
}

}  // namespace thimble::services::cloudformation
