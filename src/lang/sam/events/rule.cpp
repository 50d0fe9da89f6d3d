// Schedule, CloudWatchEvent and EventBridgeRule: a rule of EventBridge whose target is the function or state machine.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kFunctionScheduleRules[] = {
    {"Schedule", Is::Text, Presence::Required},
    {"RuleName", Is::Text},
    {"Input", Is::Text},
    {"Enabled", Is::Boolean},
    {"State", Is::Text},
    {"Name", Is::Text},
    {"Description", Is::Text},
    {"DeadLetterConfig", Is::Map},
    {"RetryPolicy", Is::Map},
};
constexpr PropertyRule kFunctionRuleRules[] = {
    {"EventBusName", Is::Text}, {"RuleName", Is::Text}, {"Pattern", Is::Map},          {"DeadLetterConfig", Is::Map},
    {"RetryPolicy", Is::Map},   {"Input", Is::Text},    {"InputPath", Is::Text},       {"Target", Is::Map},
    {"Enabled", Is::Boolean},   {"State", Is::Text},    {"InputTransformer", Is::Map},
};
constexpr PropertyRule kMachineScheduleRules[] = {
    {"Schedule", Is::Text, Presence::Required},
    {"Input", Is::Text},
    {"Enabled", Is::Boolean},
    {"State", Is::Text},
    {"Name", Is::Text},
    {"Description", Is::Text},
    {"DeadLetterConfig", Is::Map},
    {"RetryPolicy", Is::Map},
    {"Target", Is::Map, Presence::Optional, Intrinsics::Refused},
    {"RoleArn", Is::Text, Presence::Optional, Intrinsics::Refused},
};
constexpr PropertyRule kMachineRuleRules[] = {
    {"EventBusName", Is::Text},
    {"RuleName", Is::Text},
    {"Pattern", Is::Map},
    {"Input", Is::Text},
    {"InputPath", Is::Text},
    {"DeadLetterConfig", Is::Map},
    {"RetryPolicy", Is::Map},
    {"State", Is::Text},
    {"Target", Is::Map, Presence::Optional, Intrinsics::Refused},
    {"InputTransformer", Is::Map},
};

/// The rule with its schedule or pattern; its state is checked by the caller.
ResourcePointer makeRule(const EventTarget& target, const Macro& event) {
  ResourcePointer rule = makeResource("AWS::Events::Rule", event.logical_id, passedThrough(target.resource.attributes));
  if (event.type == "Schedule") {
    rule->set("ScheduleExpression", event["Schedule"]);
    rule->set("Name", event["Name"]);
    rule->set("Description", event["Description"]);
  } else {
    rule->set("EventBusName", event["EventBusName"]);
    rule->set("EventPattern", event["Pattern"]);
    rule->set("Name", event["RuleName"]);
  }
  return rule;
}

Value targetOf(const EventTarget& target, const Macro& event, std::string_view suffix, const Value& role_arn) {
  const Value given_id = event["Target"]["Id"];
  Value made = Value::map(
      {{"Arn", arnOf(target.resource)}, {"Id", event["Target"].has("Id") ? given_id : Value(targetId(event, suffix))}});
  if (!role_arn.isNull()) made.set("RoleArn", role_arn);
  return made;
}

Resources expandForFunction(EventTarget& target, Macro& event, const EventLink&) {
  ResourcePointer rule = makeRule(target, event);
  const Value rule_arn = arnOf(*rule);
  const DeadLetter dead_letter = ruleDeadLetter(event, rule_arn, rule->attributes);
  setRuleState(*rule, event);
  const Value rule_target = targetOf(target, event, "LambdaTarget", {});
  addTargetOptions(rule_target, event, dead_letter);
  rule->set("Targets", Value::list({rule_target}));
  Resources made{rule};
  made.insert(made.end(), dead_letter.resources.begin(), dead_letter.resources.end());
  made.push_back(makePermission(event, target.resource, {.principal = "events.amazonaws.com", .source_arn = rule_arn}));
  return made;
}

Resources expandForStateMachine(EventTarget& target, Macro& event, const EventLink&) {
  ResourcePointer rule = makeRule(target, event);
  setRuleState(*rule, event);
  Resources made{rule};
  Value role_arn = event["RoleArn"];
  if (role_arn.isNull()) {
    const Text role_id = event.logical_id.text + "Role";
    made.push_back(makeResource("AWS::IAM::Role", role_id, rule->attributes));
    Resource& role = *made.back();
    role.set("AssumeRolePolicyDocument", assumeRolePolicy("events.amazonaws.com"));
    role.set("Policies", Value::list({startExecutionPolicy(arnOf(target.resource), role_id)}));
    if (target.permissions_boundary.truthy()) role.set("PermissionsBoundary", target.permissions_boundary);
    role_arn = arnOf(role);
  }
  const DeadLetter dead_letter = ruleDeadLetter(event, arnOf(*rule), rule->attributes);
  const Value rule_target = targetOf(target, event, "StepFunctionsTarget", role_arn);
  addTargetOptions(rule_target, event, dead_letter);
  rule->set("Targets", Value::list({rule_target}));
  made.insert(made.end(), dead_letter.resources.begin(), dead_letter.resources.end());
  return made;
}

}  // namespace

const EventKind kFunctionScheduleEvent{"Schedule", kFunctionScheduleRules, nullptr, expandForFunction};
const EventKind kFunctionCloudWatchEvent{"CloudWatchEvent", kFunctionRuleRules, nullptr, expandForFunction};
const EventKind kFunctionEventBridgeRuleEvent{"EventBridgeRule", kFunctionRuleRules, nullptr, expandForFunction};
const EventKind kMachineScheduleEvent{"Schedule", kMachineScheduleRules, nullptr, expandForStateMachine};
const EventKind kMachineCloudWatchEvent{"CloudWatchEvent", kMachineRuleRules, nullptr, expandForStateMachine};
const EventKind kMachineEventBridgeRuleEvent{"EventBridgeRule", kMachineRuleRules, nullptr, expandForStateMachine};

}  // namespace thimble::lang::sam
