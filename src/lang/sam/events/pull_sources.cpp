// Kinesis, DynamoDB, SQS, MSK, MQ, SelfManagedKafka and DocumentDB.
#include <algorithm>
#include <array>
#include <vector>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

/// Properties that every polled source accepts.
constexpr std::array kCommon = {
    PropertyRule{"BatchSize", Is::Integer},
    PropertyRule{"StartingPosition"},
    PropertyRule{"StartingPositionTimestamp"},
    PropertyRule{"Enabled", Is::Boolean},
    PropertyRule{"MaximumBatchingWindowInSeconds", Is::Integer},
    PropertyRule{"MaximumRetryAttempts", Is::Integer},
    PropertyRule{"BisectBatchOnFunctionError", Is::Boolean},
    PropertyRule{"MaximumRecordAgeInSeconds", Is::Integer},
    PropertyRule{"DestinationConfig", Is::Map},
    PropertyRule{"ParallelizationFactor", Is::Integer},
    PropertyRule{"Topics", Is::List},
    PropertyRule{"Queues", Is::List},
    PropertyRule{"SourceAccessConfigurations", Is::List},
    PropertyRule{"SecretsManagerKmsKeyId", Is::Text},
    PropertyRule{"TumblingWindowInSeconds", Is::Integer},
    PropertyRule{"FunctionResponseTypes", Is::List},
    PropertyRule{"KafkaBootstrapServers", Is::List},
    PropertyRule{"FilterCriteria", Is::Map},
    PropertyRule{"KmsKeyArn"},
    PropertyRule{"ConsumerGroupId", Is::Text},
    PropertyRule{"ScalingConfig", Is::Map},
    PropertyRule{"ProvisionedPollerConfig", Is::Map},
    PropertyRule{"SchemaRegistryConfig", Is::Map},
    PropertyRule{"MetricsConfig", Is::Map},
    PropertyRule{"LoggingConfig", Is::Map},
};

template <std::size_t N>
constexpr auto withCommon(const std::array<PropertyRule, N>& own) {
  std::array<PropertyRule, kCommon.size() + N> rules;
  std::size_t at = 0;
  for (const PropertyRule& rule : kCommon) {
    rules[at++] = rule;
    for (const PropertyRule& mine : own) {
      if (mine.name == rule.name) rules[at - 1] = mine;
    }
  }
  for (const PropertyRule& mine : own) rules[at++] = mine;
  return rules;
}

constexpr PropertyRule required(std::string_view name) {
  return {name, Is::Anything, Presence::Required, Intrinsics::Refused};
}
constexpr auto kStreamRules = withCommon(std::array{required("StartingPosition"), required("Stream")});
constexpr auto kQueueRules = withCommon(std::array{required("Queue")});
constexpr auto kBrokerRules = withCommon(std::array{
    required("Broker"), PropertyRule{"DynamicPolicyName", Is::Boolean, Presence::Optional, Intrinsics::Refused}});
constexpr auto kDocumentRules = withCommon(std::array{required("Cluster"), required("DatabaseName"),
                                                      PropertyRule{"CollectionName"}, PropertyRule{"FullDocument"}});

Value getSecret(const Value& uri) {
  return allow(Value::list({"secretsmanager:GetSecretValue"}), uri);
}

Value vpcAccess() {
  return allow(Value::list({"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface",
                            "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"}),
               "*");
}

Value regionArn(const std::string& service, const std::string& resource) {
  return sub("arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource);
}

/// Leave to decrypt with the secret's key; nothing where no key is given.
void addDecrypt(const Value& statements, const Macro& event, const Value& action) {
  const Value key = event["SecretsManagerKmsKeyId"];
  if (!key.truthy()) return;
  expectText(key, ofEvent(event.relative_id.text), "SecretsManagerKmsKeyId");
  statements.push(allow(action, regionArn("kms", "key/" + key.str())));
}

/// The policy for the failure destination; takes its Type away, which the mapping does not know.
Value destinationPolicy(const Macro& event, const Value& config) {
  if (!config.truthy()) return {};
  const Value failure = config["OnFailure"];
  expectMap(failure, ofEvent(event.logical_id.text), "DestinationConfig.OnFailure");
  const Value type = failure["Type"];
  if (!type.truthy()) return {};
  failure.erase("Type");
  const Value arn = failure["Destination"];
  if (type.is("SQS")) return sendMessagePolicy(arn, event.logical_id);
  if (type.is("SNS")) return publishPolicy(arn, event.logical_id);
  if (type.is("S3")) return sendToBucketPolicy(arn, event.logical_id);
  if (type.is("Kafka")) return {};
  failEvent(event.logical_id.text, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
}

/// The mapping, with what its source's policies are.
Resources makeSource(EventTarget& target, Macro& event, const Value& arn, const std::string& managed_policy,
                     Value (*policies)(EventTarget&, const Macro&)) {
  ResourcePointer mapping = makeEventSourceMapping(target, event, arn);
  const Value destination = destinationPolicy(event, event["DestinationConfig"]);
  if (event["DestinationConfig"].truthy()) mapping->set("DestinationConfig", event["DestinationConfig"]);
  linkSourcePolicies(target, managed_policy, policies == nullptr ? Value() : policies(target, event), destination);
  return {mapping};
}

Resources expandKinesis(EventTarget& target, Macro& event, const EventLink&) {
  return makeSource(target, event, event["Stream"], "service-role/AWSLambdaKinesisExecutionRole", nullptr);
}
Resources expandDynamoDB(EventTarget& target, Macro& event, const EventLink&) {
  return makeSource(target, event, event["Stream"], "service-role/AWSLambdaDynamoDBExecutionRole", nullptr);
}
Resources expandSqs(EventTarget& target, Macro& event, const EventLink&) {
  return expandQueueSource(target, event, event["Queue"]);
}

void checkRegistry(const Macro& event, const Value& config) {
  const std::string& id = event.relative_id.text;
  expectMap(config, ofEvent(id), "SchemaRegistryConfig");
  for (const char* name : {"SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"}) {
    if (!config.has(name)) failEvent(id, "Missing required field " + std::string(name) + " in SchemaRegistryConfig");
  }
  if (!config["EventRecordFormat"].is("JSON") && !config["EventRecordFormat"].is("SOURCE")) {
    failEvent(id, "EventRecordFormat in SchemaRegistryConfig must be either 'JSON' or 'SOURCE'");
  }
  if (!config["SchemaValidationConfigs"].isList()) failEvent(id, "SchemaValidationConfigs must be a list");
  const Value access = config["AccessConfigs"];
  if (!access.truthy()) return;
  if (!access.isList()) failEvent(id, "AccessConfigs in SchemaRegistryConfig must be a list");
  for (const Value& entry : access.items()) {
    if (!entry.has("Type") || !entry.has("URI")) {
      failEvent(id, "Each AccessConfig must be a dict with 'Type' and 'URI' fields");
    }
  }
}

/// "name" of arn:...:registry/name; empty when it is none.
std::string registryName(const std::string& arn) {
  if (!arn.starts_with("arn")) return {};
  std::size_t begin = 0;
  for (int colons = 0; colons < 5; ++colons) {
    begin = arn.find(':', begin);
    if (begin == std::string::npos) return {};
    ++begin;
  }
  const std::string resource = arn.substr(begin, arn.find(':', begin) - begin);
  return resource.starts_with("registry/") ? resource.substr(9) : "";
}

void addRegistryStatements(const Value& statements, EventTarget& target, const Macro& event) {
  const Value config = event["SchemaRegistryConfig"];
  if (!config.truthy()) return;
  checkRegistry(event, config);
  if (config["AccessConfigs"].isList()) {
    for (const Value& entry : config["AccessConfigs"].items()) statements.push(getSecret(entry["URI"]));
  }
  const Value uri = config["SchemaRegistryURI"];
  const Value resolved = uri.isMap() ? target.context.resolve(uri.shallowCopy())["Fn::Sub"] : uri;
  const std::string name = resolved.isText() ? registryName(resolved.str()) : "";
  if (name.empty()) return;
  statements.push(allow(Value::list({"glue:GetRegistry"}), uri));
  statements.push(
      allow(Value::list({"glue:GetSchemaVersion"}), Value::list({regionArn("glue", "schema/" + name + "/*")})));
}

Value mskPolicies(EventTarget& target, const Macro& event) {
  Value statements = Value::list();
  addRegistryStatements(statements, target, event);
  if (event["SourceAccessConfigurations"].isList()) {
    for (const Value& entry : event["SourceAccessConfigurations"].items()) {
      if (entry["Type"].is("CLIENT_CERTIFICATE_TLS_AUTH") && entry["URI"].truthy())
        statements.push(getSecret(entry["URI"]));
    }
  }
  if (statements.size() == 0) return {};
  return Value::list({inlinePolicy("MSKExecutionRolePolicy", statements)});
}

/// The URI of the one entry of the required type.
Value requiredAccess(const Macro& event, const std::vector<std::string>& supported) {
  const std::string& id = event.relative_id.text;
  const std::string& type = supported.front();
  const Value entries = event["SourceAccessConfigurations"];
  if (!entries.truthy()) failEvent(id, "No SourceAccessConfigurations for Amazon " + event.type + " event provided.");
  if (!entries.isList()) failEvent(id, "Provided SourceAccessConfigurations cannot be parsed into a list.");
  Value uri;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string path = "SourceAccessConfigurations[" + std::to_string(i) + "]";
    const Value entry = expectMap(entries.items()[i], ofEvent(id), path);
    const std::string entry_type = expectText(entry["Type"], ofEvent(id), path + ".Type").str();
    if (std::find(supported.begin(), supported.end(), entry_type) == supported.end()) {
      Value list = Value::list();
      for (const std::string& name : supported) list.push(name);
      failEvent(id, "Invalid property Type specified in SourceAccessConfigurations. The supported values are: " +
                        pythonRepr(list) + ".");
    }
    if (entry_type != type) continue;
    if (uri.truthy()) failEvent(id, "Multiple " + type + " properties specified in SourceAccessConfigurations.");
    uri = entry["URI"];
    if (!uri.truthy()) failEvent(id, "No " + type + " URI property specified in SourceAccessConfigurations.");
  }
  if (!uri.truthy()) failEvent(id, "No " + type + " property specified in SourceAccessConfigurations.");
  return uri;
}

Value mqPolicies(EventTarget&, const Macro& event) {
  const Value uri = requiredAccess(event, {"BASIC_AUTH", "VIRTUAL_HOST"});
  Value statements = Value::list({getSecret(uri), allow(Value::list({"mq:DescribeBroker"}), event["Broker"])});
  addDecrypt(statements, event, "kms:Decrypt");
  return Value::list({inlinePolicy(
      event["DynamicPolicyName"].truthy() ? event.logical_id + "AMQPolicy" : Text("SamAutoGeneratedAMQPolicy"),
      statements)});
}

Value documentPolicies(EventTarget&, const Macro& event) {
  const Value uri = requiredAccess(event, {"BASIC_AUTH"});
  Value statements = Value::list(
      {getSecret(uri), allow(Value::list({"rds:DescribeDBClusterParameters"}), regionArn("rds", "cluster-pg:*")),
       allow(Value::list({"rds:DescribeDBSubnetGroups"}), regionArn("rds", "subgrp:*")),
       allow(Value::list({"rds:DescribeDBClusters"}), event["Cluster"]), vpcAccess()});
  addDecrypt(statements, event, Value::list({"kms:Decrypt"}));
  return Value::list({inlinePolicy("SamAutoGeneratedDocumentDBPolicy", statements)});
}

/// Secrets and network access that a self-managed cluster is reached with.
struct KafkaAccess {
  Value authentication, root_certificate;
  bool vpc = false;
};

KafkaAccess readKafkaAccess(const Macro& event) {
  const std::string& id = event.relative_id.text;
  static constexpr std::array<std::string_view, 4> kMechanisms = {"SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH",
                                                                  "BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH"};
  const Value entries = event["SourceAccessConfigurations"];
  if (!entries.isList()) failEvent(id, "SourceAccessConfigurations for self managed kafka event should be a list.");
  const auto checkUri = [&](const Value& uri, const std::string& what) {
    const char* tail = " URI property specified in SourceAccessConfigurations for self managed kafka event.";
    if (!uri.truthy()) failEvent(id, "No " + what + tail);
    if (!uri.isText() && !isIntrinsic(uri)) failEvent(id, "Wrong Type for " + what + tail);
  };
  KafkaAccess access;
  bool subnet = false;
  bool group = false;
  for (const Value& entry : entries.items()) {
    expectMap(entry, ofResource(id), "SourceAccessConfigurations");
    const std::string type = entry["Type"].isText() ? entry["Type"].str() : "";
    const Value uri = entry["URI"];
    if (type == "VPC_SUBNET" || type == "VPC_SECURITY_GROUP") {
      checkUri(uri, type);
      (type == "VPC_SUBNET" ? subnet : group) = true;
    } else if (std::find(kMechanisms.begin(), kMechanisms.end(), type) != kMechanisms.end()) {
      if (access.authentication.truthy()) {
        failEvent(
            id,
            "Multiple auth mechanism properties specified in SourceAccessConfigurations for self managed kafka event.");
      }
      checkUri(uri, "auth mechanism");
      access.authentication = uri;
    } else if (type == "SERVER_ROOT_CA_CERTIFICATE") {
      checkUri(uri, type);
      access.root_certificate = uri;
    } else {
      failEvent(id, "Invalid SourceAccessConfigurations Type provided for self managed kafka event.");
    }
  }
  if (subnet != group) {
    failEvent(
        id,
        "VPC_SUBNET and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka must be both provided.");
  }
  access.vpc = subnet;
  return access;
}

Value kafkaPolicies(EventTarget& target, const Macro& event) {
  const std::string& id = event.relative_id.text;
  if (!event["KafkaBootstrapServers"].truthy()) {
    failEvent(id, "No KafkaBootstrapServers provided for self managed kafka as an event source");
  }
  if (!event["Topics"].truthy()) failEvent(id, "No Topics provided for self managed kafka as an event source");
  if (event["Topics"].size() != 1) {
    failEvent(id, "Topics for self managed kafka only supports single configuration entry.");
  }
  if (!event["SourceAccessConfigurations"].truthy()) {
    failEvent(id, "No SourceAccessConfigurations for self managed kafka event provided.");
  }
  const KafkaAccess access = readKafkaAccess(event);
  Value statements = Value::list();
  if (access.authentication.truthy()) statements.push(getSecret(access.authentication));
  // AWS repeats the authentication secret here and leaves the certificate's out; so do stacks that exist.
  if (access.root_certificate.truthy()) statements.push(getSecret(access.authentication));
  if (access.vpc) statements.push(vpcAccess());
  addDecrypt(statements, event, Value::list({"kms:Decrypt"}));
  addRegistryStatements(statements, target, event);
  return Value::list(
      {Value::map({{"PolicyDocument", Value::map({{"Statement", statements}, {"Version", "2012-10-17"}})},
                   {"PolicyName", "SelfManagedKafkaExecutionRolePolicy"}})});
}

Resources expandMsk(EventTarget& target, Macro& event, const EventLink&) {
  return makeSource(target, event, event["Stream"], "service-role/AWSLambdaMSKExecutionRole", mskPolicies);
}
Resources expandMq(EventTarget& target, Macro& event, const EventLink&) {
  return makeSource(target, event, event["Broker"], "", mqPolicies);
}
Resources expandKafka(EventTarget& target, Macro& event, const EventLink&) {
  return makeSource(target, event, {}, "", kafkaPolicies);
}
Resources expandDocumentDB(EventTarget& target, Macro& event, const EventLink&) {
  Resources made = makeSource(target, event, event["Cluster"], "", documentPolicies);
  Value config = Value::map({{"DatabaseName", event["DatabaseName"]}});
  for (const char* name : {"CollectionName", "FullDocument"}) {
    if (event[name].truthy()) config.set(name, event[name]);
  }
  made.front()->set("DocumentDBEventSourceConfig", config);
  return made;
}

}  // namespace

Resources expandQueueSource(EventTarget& target, Macro& event, const Value& queue_arn) {
  return makeSource(target, event, queue_arn, "service-role/AWSLambdaSQSQueueExecutionRole", nullptr);
}

const EventKind kKinesisEvent{"Kinesis", kStreamRules, nullptr, expandKinesis};
const EventKind kDynamoDBEvent{"DynamoDB", kStreamRules, nullptr, expandDynamoDB};
const EventKind kSqsEvent{"SQS", kQueueRules, nullptr, expandSqs};
const EventKind kMskEvent{"MSK", kStreamRules, nullptr, expandMsk};
const EventKind kMqEvent{"MQ", kBrokerRules, nullptr, expandMq};
const EventKind kSelfManagedKafkaEvent{"SelfManagedKafka", kCommon, nullptr, expandKafka};
const EventKind kDocumentDBEvent{"DocumentDB", kDocumentRules, nullptr, expandDocumentDB};

}  // namespace thimble::lang::sam
