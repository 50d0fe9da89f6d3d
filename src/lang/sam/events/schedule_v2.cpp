// ScheduleV2: a schedule of EventBridge Scheduler, with a role of its own.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"PermissionsBoundary", Is::Text},
    {"ScheduleExpression", Is::Text, Presence::Required},
    {"FlexibleTimeWindow", Is::Map},
    {"Name", Is::Text},
    {"State", Is::Text},
    {"Description", Is::Text},
    {"StartDate", Is::Text},
    {"EndDate", Is::Text},
    {"ScheduleExpressionTimezone", Is::Text},
    {"GroupName", Is::Text},
    {"KmsKeyArn", Is::Text},
    {"Input", Is::Text},
    {"RoleArn", Is::Text},
    {"DeadLetterConfig", Is::Map},
    {"RetryPolicy", Is::Map},
    {"OmitName", Is::Boolean, Presence::Optional, Intrinsics::Refused},
};

Resources expand(EventTarget& target, Macro& event, const EventLink&) {
  const Value attributes = passedThrough(target.resource.attributes);
  ResourcePointer schedule = makeResource("AWS::Scheduler::Schedule", event.logical_id, attributes);
  schedule->set("ScheduleExpression", event["ScheduleExpression"]);
  if (event["State"].truthy()) schedule->set("State", event["State"]);
  if (event["OmitName"].truthy()) {
    if (event["Name"].truthy()) failEvent(event.logical_id.text, "Name cannot be set when OmitName is True");
  } else {
    schedule->set("Name", event["Name"].truthy() ? event["Name"] : Value(event.logical_id));
  }
  schedule->set("FlexibleTimeWindow",
                event["FlexibleTimeWindow"].truthy() ? event["FlexibleTimeWindow"] : Value::map({{"Mode", "OFF"}}));
  for (const char* name :
       {"Description", "StartDate", "EndDate", "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn"}) {
    schedule->set(name, event[name]);
  }
  Resources made{schedule};
  const DeadLetter dead_letter = scheduleDeadLetter(event, attributes);
  made.insert(made.end(), dead_letter.resources.begin(), dead_letter.resources.end());

  const Value target_arn = arnOf(target.resource);
  Value role_arn = event["RoleArn"];
  if (!role_arn.truthy()) {
    made.push_back(makeResource("AWS::IAM::Role", event.logical_id + "Role", attributes));
    Resource& role = *made.back();
    role.set("AssumeRolePolicyDocument", assumeRolePolicy("scheduler.amazonaws.com"));
    const bool starts_machine = target.resource.type.starts_with("AWS::StepFunctions::");
    Value policies = Value::list({starts_machine ? startExecutionPolicy(target_arn, event.logical_id)
                                                 : invokeFunctionPolicy(target_arn, event.logical_id)});
    if (dead_letter.arn.truthy()) policies.push(sendMessagePolicy(dead_letter.arn, event.logical_id));
    role.set("Policies", policies);
    if (event["PermissionsBoundary"].truthy()) role.set("PermissionsBoundary", event["PermissionsBoundary"]);
    role_arn = arnOf(role);
  }
  Value schedule_target = Value::map({{"Arn", target_arn}, {"RoleArn", role_arn}});
  addTargetOptions(schedule_target, event, dead_letter);
  schedule->set("Target", schedule_target);
  return made;
}

}  // namespace

const EventKind kScheduleV2Event{"ScheduleV2", kRules, nullptr, expand};

}  // namespace thimble::lang::sam
