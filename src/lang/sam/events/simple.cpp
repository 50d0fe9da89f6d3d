// Events that are little more than a permission: AlexaSkill, CloudWatchLogs, IoTRule, Cognito.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kAlexaRules[] = {{"SkillId", Is::Text}};
constexpr PropertyRule kLogsRules[] = {{"LogGroupName", Is::Text, Presence::Required},
                                       {"FilterPattern", Is::Text, Presence::Required}};
constexpr PropertyRule kIoTRules[] = {{"Sql", Is::Text, Presence::Required}, {"AwsIotSqlVersion", Is::Text}};
constexpr PropertyRule kCognitoRules[] = {{"UserPool", Is::Text, Presence::Required},
                                          {"Trigger", Is::TextOrList, Presence::Required, Intrinsics::Refused}};

Resources expandAlexa(EventTarget& target, Macro& event, const EventLink&) {
  return {makePermission(event, target.resource,
                         {.principal = "alexa-appkit.amazon.com", .event_source_token = event["SkillId"]})};
}

Resources expandLogs(EventTarget& target, Macro& event, const EventLink&) {
  const Value source_arn = sub(arnPattern(target.context.partition(), "logs", "log-group:${__LogGroupName__}:*"),
                               Value::map({{"__LogGroupName__", event["LogGroupName"]}}));
  ResourcePointer permission =
      makePermission(event, target.resource, {.principal = "logs.amazonaws.com", .source_arn = source_arn});
  ResourcePointer filter =
      makeResource("AWS::Logs::SubscriptionFilter", event.logical_id, passedThrough(target.resource.attributes));
  filter->depends_on = Value::list({permission->logical_id});
  filter->set("LogGroupName", event["LogGroupName"]);
  filter->set("FilterPattern", event["FilterPattern"]);
  filter->set("DestinationArn", arnOf(target.resource));
  return {permission, filter};
}

Resources expandIoT(EventTarget& target, Macro& event, const EventLink&) {
  const Value source_arn = sub(arnPattern(target.context.partition(), "iot", "rule/${RuleName}"),
                               Value::map({{"RuleName", ref(event.logical_id)}}));
  ResourcePointer rule =
      makeResource("AWS::IoT::TopicRule", event.logical_id, passedThrough(target.resource.attributes));
  const Value action = Value::map({{"Lambda", Value::map({{"FunctionArn", arnOf(target.resource)}})}});
  Value payload = Value::map({{"Sql", event["Sql"]}, {"RuleDisabled", false}, {"Actions", Value::list({action})}});
  if (event["AwsIotSqlVersion"].truthy()) payload.set("AwsIotSqlVersion", event["AwsIotSqlVersion"]);
  rule->set("TopicRulePayload", payload);
  return {makePermission(
              event, target.resource,
              {.principal = "iot.amazonaws.com", .source_arn = source_arn, .source_account = sub("${AWS::AccountId}")}),
          rule};
}

EventLink linkUserPool(const Value& resources, const Macro& event) {
  const Value pool = event["UserPool"];
  if (pool.has("Ref")) {
    const Value id = pool["Ref"];
    if (!id.isText()) failEvent(event.logical_id.text, "Ref in Userpool is not a string.");
    if (resources.has(id.str())) return {.linked = resources[id.str()], .linked_id = id.asText()};
  }
  failEvent(event.relative_id.text, "Cognito events must reference a Cognito UserPool in the same template.");
}

Resources expandCognito(EventTarget& target, Macro& event, const EventLink& link) {
  const Value pool = link.linked;
  ResourcePointer permission = makePermission(event, target.resource,
                                              {.principal = "cognito-idp.amazonaws.com",
                                               .source_arn = getAtt(link.linked_id, "Arn"),
                                               .prefix = target.resource.logical_id + "Cognito"});
  if (pool["Properties"].isNull()) pool.set("Properties", Value::map());
  const Value properties = pool["Properties"];
  if (properties["LambdaConfig"].isNull()) properties.set("LambdaConfig", Value::map());
  const Value triggers = properties["LambdaConfig"];
  expectMap(triggers, ofResource(link.linked_id.text), "LambdaConfig");
  const Value names = event["Trigger"].isList() ? event["Trigger"] : Value::list({event["Trigger"]});
  for (const Value& name : names.items()) {
    if (triggers.has(name.str())) {
      failEvent(event.relative_id.text,
                "Cognito trigger \"" + pythonString(event["Trigger"]) + "\" defined multiple times.");
    }
    triggers.set(name.asText(), arnOf(target.resource));
  }
  if (!pool["Type"].is("AWS::Cognito::UserPool")) {
    failResource(link.linked_id.text, "Resource has incorrect Type; expected 'AWS::Cognito::UserPool', got '" +
                                          pythonString(pool["Type"]) + "'");
  }
  ResourcePointer made = makeResource("AWS::Cognito::UserPool", link.linked_id);
  for (const char* name : {"DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"}) {
    if (pool.has(name)) made->attributes.set(name, pool[name]);
  }
  made->depends_on = pool["DependsOn"];
  made->properties = properties.shallowCopy();
  return {permission, made};
}

}  // namespace

const EventKind kAlexaSkillEvent{"AlexaSkill", kAlexaRules, nullptr, expandAlexa};
const EventKind kCloudWatchLogsEvent{"CloudWatchLogs", kLogsRules, nullptr, expandLogs};
const EventKind kIoTRuleEvent{"IoTRule", kIoTRules, nullptr, expandIoT};
const EventKind kCognitoEvent{"Cognito", kCognitoRules, linkUserPool, expandCognito};

}  // namespace thimble::lang::sam
