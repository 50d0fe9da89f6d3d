// What all sources that Lambda polls have in common: the event source mapping and the role's permissions.
#include <array>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr std::array<const char*, 20> kSame = {"StartingPosition",
                                               "StartingPositionTimestamp",
                                               "BatchSize",
                                               "Enabled",
                                               "MaximumBatchingWindowInSeconds",
                                               "MaximumRetryAttempts",
                                               "BisectBatchOnFunctionError",
                                               "MaximumRecordAgeInSeconds",
                                               "ParallelizationFactor",
                                               "Topics",
                                               "Queues",
                                               "SourceAccessConfigurations",
                                               "TumblingWindowInSeconds",
                                               "FunctionResponseTypes",
                                               "FilterCriteria",
                                               "KmsKeyArn",
                                               "ScalingConfig",
                                               "ProvisionedPollerConfig",
                                               "MetricsConfig",
                                               "LoggingConfig"};

void checkFilter(const Macro& event) {
  const Value filter = event["FilterCriteria"];
  if (!filter.truthy() || isIntrinsic(filter)) return;
  // Every polled source can filter; only the form is left to check.
  if (filter.size() != 1 || !filter.has("Filters")) {
    failEvent(event.relative_id.text, "FilterCriteria field has a wrong format");
  }
}

/// The structure that holds ConsumerGroupId and SchemaRegistryConfig, which only Kafka has.
void setKafkaOptions(Resource& mapping, const Macro& event) {
  const char* name = event.type == "MSK"                ? "AmazonManagedKafkaEventSourceConfig"
                     : event.type == "SelfManagedKafka" ? "SelfManagedKafkaEventSourceConfig"
                                                        : nullptr;
  Value options = Value::map();
  if (event["ConsumerGroupId"].truthy()) {
    if (name == nullptr) {
      failEvent(event.logical_id.text, "Property ConsumerGroupId not defined for resource of type " + event.type + ".");
    }
    options.set("ConsumerGroupId", event["ConsumerGroupId"]);
  }
  if (name != nullptr && event["SchemaRegistryConfig"].truthy()) {
    options.set("SchemaRegistryConfig", event["SchemaRegistryConfig"]);
  }
  if (name != nullptr && options.size() > 0) mapping.set(name, options);
}

}  // namespace

ResourcePointer makeEventSourceMapping(EventTarget& target, Macro& event, const Value& source_arn) {
  ResourcePointer mapping =
      makeResource("AWS::Lambda::EventSourceMapping", event.logical_id, passedThrough(target.resource.attributes));
  mapping->set("FunctionName", nameOf(target.resource));
  mapping->set("EventSourceArn", source_arn);
  for (const char* name : kSame) mapping->set(name, event[name]);
  checkFilter(event);
  if (event["KafkaBootstrapServers"].truthy()) {
    mapping->set("SelfManagedEventSource",
                 Value::map({{"Endpoints", Value::map({{"KafkaBootstrapServers", event["KafkaBootstrapServers"]}})}}));
  }
  setKafkaOptions(*mapping, event);
  return mapping;
}

void linkSourcePolicies(EventTarget& target, const std::string& managed_policy, const Value& policies,
                        const Value& destination_policy) {
  if (target.role == nullptr) return;
  Resource& role = *target.role;
  if (!managed_policy.empty()) {
    const Value arn = target.context.managedPolicy(managed_policy);
    if (!role["ManagedPolicyArns"].listContains(arn)) role["ManagedPolicyArns"].push(arn);
  }
  const auto add = [&](const Value& policy) {
    if (role["Policies"].isNull()) role.set("Policies", Value::list());
    for (const Value& present : role["Policies"].items()) {
      if (present == policy || present["PolicyDocument"] == policy["PolicyDocument"]) return;
    }
    role["Policies"].push(policy);
  };
  if (policies.isList()) {
    for (const Value& policy : policies.items()) add(policy);
  }
  if (destination_policy.truthy()) add(destination_policy);
}

}  // namespace thimble::lang::sam
