#include "services/lambda/destinations.h"

#include "base/arn.h"

namespace thimble::services::lambda {

using base::Json;

std::string queueUrl(const std::string& region, const std::string& account, const std::string& name) {
  return "https://sqs." + region + ".amazonaws.com/" + account + "/" + name;
}

std::optional<dispatch::Call> destinationCall(const FunctionReference& function, const std::string& role,
                                              const std::string& target, const std::string& body,
                                              const Json& attributes) {
  const std::optional<base::Arn> arn = base::parseArn(target);
  if (!arn) return std::nullopt;
  dispatch::Call call;
  call.role = dispatch::RoleToAssume{role, "lambda.amazonaws.com", function.name};
  call.account = arn->account;
  call.region = arn->region;
  call.service = arn->service;
  call.source_arn = function.arn();
  if (arn->service == "sqs") {
    call.operation = "SendMessage";
    call.input =
        Json::object({{"QueueUrl", queueUrl(arn->region, arn->account, arn->resource)}, {"MessageBody", body}});
    if (!attributes.isNull()) call.input.set("MessageAttributes", attributes);
  } else if (arn->service == "sns") {
    call.operation = "Publish";
    call.input = Json::object({{"TopicArn", target}, {"Message", body}});
    if (!attributes.isNull()) call.input.set("MessageAttributes", attributes);
  } else if (arn->service == "lambda") {
    call.operation = "Invoke";
    call.input = Json::object({{"FunctionName", target}, {"InvocationType", "Event"}, {"Payload", body}});
  } else if (arn->service == "events") {
    call.operation = "PutEvents";
    call.input =
        Json::object({{"Entries", Json::array({Json::object({{"Source", "lambda"},
                                                             {"DetailType", "Lambda Function Invocation Result"},
                                                             {"EventBusName", target},
                                                             {"Resources", Json::array({function.arn()})},
                                                             {"Detail", body}})})}});
  } else {
    return std::nullopt;
  }
  return call;
}

}  // namespace thimble::services::lambda
