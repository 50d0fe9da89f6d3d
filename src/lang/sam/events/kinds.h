// The kinds of events, and what they share.
#pragma once

#include <optional>
#include <span>

#include "lang/sam/events.h"

namespace thimble::lang::sam {

std::span<const EventKind> functionEvents();
std::span<const EventKind> stateMachineEvents();

extern const EventKind kFunctionScheduleEvent, kFunctionCloudWatchEvent, kFunctionEventBridgeRuleEvent,
    kScheduleV2Event;
extern const EventKind kS3Event, kSnsEvent, kApiEvent, kHttpApiEvent, kAlexaSkillEvent, kIoTRuleEvent, kCognitoEvent,
    kCloudWatchLogsEvent;
extern const EventKind kKinesisEvent, kDynamoDBEvent, kSqsEvent, kMskEvent, kMqEvent, kSelfManagedKafkaEvent,
    kDocumentDBEvent;
extern const EventKind kMachineScheduleEvent, kMachineCloudWatchEvent, kMachineEventBridgeRuleEvent, kMachineApiEvent;

struct PermissionParts {
  std::string_view principal;
  Value source_arn, source_account, event_source_token;
  std::string suffix;
  std::optional<Text> prefix;  ///< Instead of the event's id.
};
/// The permission of an event's service to call the function.
ResourcePointer makePermission(const Macro& event, const Resource& function, const PermissionParts& parts);

/// prefix + name + suffix, or + a hash of a suffix that cannot stand in a logical id.
Text idWithSuffix(const Text& prefix, const std::string& name, const std::string& suffix);

/// A dead-letter queue for events that cannot be delivered.
struct DeadLetter {
  Value arn;  ///< Null when the event has no DeadLetterConfig.
  Resources resources;
};
/// Of a rule: with the policy that lets the rule send to a queue that is made here.
DeadLetter ruleDeadLetter(const Macro& event, const Value& rule_arn, const Value& attributes);
/// Of a schedule, whose own role sends.
DeadLetter scheduleDeadLetter(const Macro& event, const Value& attributes);

/// ENABLED or DISABLED from State or Enabled.
void setRuleState(Resource& rule, const Macro& event);
/// At most 64 characters, ending in the suffix.
std::string targetId(const Macro& event, std::string_view suffix);
/// Copies Input, InputPath, RetryPolicy and InputTransformer where the event has them, and the dead-letter queue.
void addTargetOptions(const Value& target, const Macro& event, const DeadLetter& dead_letter);

/// Properties of all event source mappings; see pull.cpp.
ResourcePointer makeEventSourceMapping(EventTarget& target, Macro& event, const Value& source_arn);
/// What the execution role needs to read the source, and to reach the failure destination.
void linkSourcePolicies(EventTarget& target, const std::string& managed_policy, const Value& policies,
                        const Value& destination_policy);
Resources expandQueueSource(EventTarget& target, Macro& event, const Value& queue_arn);

/// Where an API event's API is.
EventLink linkRestApi(const Value& resources, const Macro& event);
Value restApiId(const Value& property);

}  // namespace thimble::lang::sam
