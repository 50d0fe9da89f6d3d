#include "services/events/target_call.h"

#include <map>

#include "base/arn.h"
#include "services/events/errors.h"

namespace thimble::services::events {
namespace {

using base::Json;

constexpr std::string_view kPrincipal = "events.amazonaws.com";

struct Kind {
  bool needs_role = false;
};

/// The services that can be targets here, by the service part of their ARNs.
const std::map<std::string, Kind, std::less<>> kKinds = {
    {"lambda", {}},     {"sqs", {}},    {"sns", {}},           {"logs", {}},
    {"states", {true}}, {"events", {}}, {"codebuild", {true}}, {"codepipeline", {true}}};

std::string afterPrefix(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::string logGroupOf(const base::Arn& arn) {
  std::string name = afterPrefix(arn.resource, "log-group:");
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return name;
}

std::string queueUrl(const base::Arn& arn) {
  return "https://sqs." + arn.region + ".amazonaws.com/" + arn.account + "/" + arn.resource;
}

dispatch::Call callOf(const TargetRequest& request, const base::Arn& arn, std::string operation, Json input) {
  dispatch::Call call;
  const std::string role = request.target.stringAt("RoleArn");
  if (role.empty()) {
    call.identity.kind = dispatch::Identity::Kind::Service;
    call.identity.account = request.account;
    call.identity.arn = kPrincipal;
  } else {
    call.role = dispatch::RoleToAssume{role, std::string(kPrincipal), request.delivery_id, request.rule_arn};
  }
  call.account = arn.account.empty() ? request.account : arn.account;
  call.region = arn.region.empty() ? request.region : arn.region;
  call.service = arn.service;
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.source_arn = request.rule_arn;
  return call;
}

/// What the user gave for StartBuild beside the project: members of the input, when that was written for it.
Json buildInput(const TargetRequest& request, const base::Arn& arn) {
  Json input = Json::object();
  if (request.target.contains("Input") || request.target.contains("InputTransformer")) {
    const auto given = Json::parse(request.input);
    if (given.ok() && given->isObject()) input = *given;
  }
  input.set("projectName", afterPrefix(arn.resource, "project/"));
  input.set("idempotencyToken", request.delivery_id);
  return input;
}

}  // namespace

base::Result<void> checkTargetArn(const Json& target) {
  const auto arn = base::parseArn(target.stringAt("Arn"));
  if (!arn) {
    return validation("Parameter " + target.stringAt("Arn") +
                      " is not valid. Reason: Provided Arn is not in correct format.");
  }
  const auto kind = kKinds.find(arn->service);
  const bool is_destination = arn->service == "events" && arn->resource.starts_with("api-destination/");
  if (kind == kKinds.end() ||
      (arn->service == "events" && !is_destination && !arn->resource.starts_with("event-bus/"))) {
    return notImplemented("targets of " + arn->service + " (" + target.stringAt("Arn") + ")");
  }
  if ((kind->second.needs_role || is_destination) && target.stringAt("RoleArn").empty()) {
    return validation("RoleArn is required for target " + target.stringAt("Arn") + ".");
  }
  if (arn->service == "sqs" && arn->resource.ends_with(".fifo") &&
      target["SqsParameters"].stringAt("MessageGroupId").empty()) {
    return validation("Parameter(s) SqsParameters must be specified for target: " + target.stringAt("Id") + ".");
  }
  return {};
}

bool isLogGroup(const Json& target) {
  const auto arn = base::parseArn(target.stringAt("Arn"));
  return arn && arn->service == "logs";
}

dispatch::Call targetCall(const TargetRequest& request) {
  const std::string text = request.target.stringAt("Arn");
  const base::Arn arn = base::parseArn(text).value_or(base::Arn());
  const std::string& service = arn.service;
  if (service == "lambda") {
    return callOf(request, arn, "Invoke",
                  Json::object({{"FunctionName", text}, {"InvocationType", "Event"}, {"Payload", request.input}}));
  }
  if (service == "sqs") {
    Json input = Json::object({{"QueueUrl", queueUrl(arn)}, {"MessageBody", request.input}});
    if (const Json* parameters = request.target.find("SqsParameters")) {
      input.set("MessageGroupId", parameters->stringAt("MessageGroupId"));
      input.set("MessageDeduplicationId", request.delivery_id);
    }
    return callOf(request, arn, "SendMessage", std::move(input));
  }
  if (service == "sns") {
    return callOf(request, arn, "Publish", Json::object({{"TopicArn", text}, {"Message", request.input}}));
  }
  if (service == "states") {
    return callOf(request, arn, "StartExecution",
                  Json::object({{"stateMachineArn", text}, {"name", request.delivery_id}, {"input", request.input}}));
  }
  if (service == "codepipeline") {
    return callOf(request, arn, "StartPipelineExecution",
                  Json::object({{"name", arn.resource}, {"clientRequestToken", request.delivery_id}}));
  }
  if (service == "codebuild") return callOf(request, arn, "StartBuild", buildInput(request, arn));
  if (service == "logs") {
    if (request.log_stream.empty()) {
      return callOf(request, arn, "CreateLogStream",
                    Json::object({{"logGroupName", logGroupOf(arn)}, {"logStreamName", request.delivery_id}}));
    }
    const Json event = Json::object({{"timestamp", request.now.milliseconds}, {"message", request.input}});
    return callOf(request, arn, "PutLogEvents",
                  Json::object({{"logGroupName", logGroupOf(arn)},
                                {"logStreamName", request.log_stream},
                                {"logEvents", Json::array({event})}}));
  }
  if (arn.resource.starts_with("api-destination/")) {
    dispatch::Call call = callOf(request, arn, "InvokeApiDestination",
                                 Json::object({{"ApiDestinationArn", text}, {"Body", request.input}}));
    call.service = "thimble.events";
    if (const Json* parameters = request.target.find("HttpParameters")) call.input.set("HttpParameters", *parameters);
    return call;
  }
  // Another bus: the event goes on as it is, beside an entry that says no more than where to.
  return callOf(request, arn, "PutEvents",
                Json::object({{"Entries", Json::array({Json::object({{"EventBusName", text}})})},
                              {"ForwardedEvent", request.event}}));
}

dispatch::Call queueCall(const TargetRequest& request, const std::string& queue_arn, const std::string& body,
                         const Json& attributes) {
  const base::Arn arn = base::parseArn(queue_arn).value_or(base::Arn());
  TargetRequest as_service = request;
  as_service.target.erase("RoleArn");
  return callOf(as_service, arn, "SendMessage",
                Json::object({{"QueueUrl", queueUrl(arn)}, {"MessageBody", body}, {"MessageAttributes", attributes}}));
}

}  // namespace thimble::services::events
