#include "lang/sam/events/kinds.h"

#include <algorithm>
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr std::size_t kLongestTargetId = 64;

void checkDeadLetter(const Macro& event, const Value& config) {
  const std::string& id = event.logical_id.text;
  if (config.has("Arn") && config.has("Type")) {
    failEvent(id, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  }
  if (config.has("Type") && !config["Type"].is("SQS")) {
    failEvent(id, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  }
  if (!config.has("Arn") && !config.has("Type")) {
    failEvent(id, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
  }
}

/// The queue; null when the event names one by its ARN, or has no dead-letter queue.
ResourcePointer makeDeadLetterQueue(const Macro& event, const Value& attributes, DeadLetter& made) {
  const Value config = event["DeadLetterConfig"];
  if (config.isNull()) return nullptr;
  checkDeadLetter(event, config);
  made.arn = config["Arn"];
  if (!made.arn.isNull()) return nullptr;
  const Value id = config["QueueLogicalId"];
  if (!id.isNull() && !id.isText()) failEvent(event.logical_id.text, "QueueLogicalId must be a string");
  ResourcePointer queue =
      makeResource("AWS::SQS::Queue", id.truthy() ? id.asText() : event.logical_id + "Queue", attributes);
  made.arn = arnOf(*queue);
  made.resources.push_back(queue);
  return queue;
}

}  // namespace

std::span<const EventKind> functionEvents() {
  static const EventKind kinds[] = {kFunctionScheduleEvent,
                                    kFunctionCloudWatchEvent,
                                    kFunctionEventBridgeRuleEvent,
                                    kScheduleV2Event,
                                    kS3Event,
                                    kSnsEvent,
                                    kApiEvent,
                                    kHttpApiEvent,
                                    kAlexaSkillEvent,
                                    kIoTRuleEvent,
                                    kCognitoEvent,
                                    kCloudWatchLogsEvent,
                                    kKinesisEvent,
                                    kDynamoDBEvent,
                                    kSqsEvent,
                                    kMskEvent,
                                    kMqEvent,
                                    kSelfManagedKafkaEvent,
                                    kDocumentDBEvent};
  return kinds;
}

std::span<const EventKind> stateMachineEvents() {
  static const EventKind kinds[] = {kMachineScheduleEvent, kMachineCloudWatchEvent, kMachineEventBridgeRuleEvent,
                                    kMachineApiEvent, kScheduleV2Event};
  return kinds;
}

Text idWithSuffix(const Text& prefix, const std::string& name, const std::string& suffix) {
  const bool plain =
      !suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](unsigned char c) { return std::isalnum(c); });
  return plain ? prefix + name + suffix : hashedId(prefix + name, suffix);
}

ResourcePointer makePermission(const Macro& event, const Resource& function, const PermissionParts& parts) {
  ResourcePointer permission = makeResource(
      "AWS::Lambda::Permission", idWithSuffix(parts.prefix.value_or(event.logical_id), "Permission", parts.suffix),
      passedThrough(function.attributes));
  permission->set("Action", "lambda:InvokeFunction");
  permission->set("FunctionName", nameOf(function));
  permission->set("Principal", parts.principal);
  permission->set("SourceArn", parts.source_arn);
  permission->set("SourceAccount", parts.source_account);
  permission->set("EventSourceToken", parts.event_source_token);
  return permission;
}

DeadLetter ruleDeadLetter(const Macro& event, const Value& rule_arn, const Value& attributes) {
  DeadLetter made;
  const ResourcePointer queue = makeDeadLetterQueue(event, attributes, made);
  if (queue == nullptr) return made;
  made.resources.push_back(makeResource("AWS::SQS::QueuePolicy", event.logical_id + "QueuePolicy", attributes));
  made.resources.back()->set("PolicyDocument", ruleSendsToQueue(rule_arn, made.arn));
  made.resources.back()->set("Queues", Value::list({nameOf(*queue)}));
  return made;
}

DeadLetter scheduleDeadLetter(const Macro& event, const Value& attributes) {
  DeadLetter made;
  makeDeadLetterQueue(event, attributes, made);
  return made;
}

void setRuleState(Resource& rule, const Macro& event) {
  const Value state = event["State"];
  const Value enabled = event["Enabled"];
  if (state.truthy() && !enabled.isNull()) {
    failEvent(event.relative_id.text, "State and Enabled Properties cannot both be specified.");
  }
  if (state.truthy()) rule.set("State", state);
  if (!enabled.isNull()) rule.set("State", enabled.truthy() ? "ENABLED" : "DISABLED");
}

std::string targetId(const Macro& event, std::string_view suffix) {
  return event.logical_id.text.substr(0, kLongestTargetId - suffix.size()) + std::string(suffix);
}

void addTargetOptions(const Value& target, const Macro& event, const DeadLetter& dead_letter) {
  for (const char* name : {"Input", "InputPath", "RetryPolicy", "InputTransformer"}) {
    if (!event[name].isNull()) target.set(name, event[name]);
  }
  if (!event["DeadLetterConfig"].isNull()) target.set("DeadLetterConfig", Value::map({{"Arn", dead_letter.arn}}));
}

}  // namespace thimble::lang::sam
