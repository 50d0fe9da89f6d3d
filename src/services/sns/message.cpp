#include "services/sns/message.h"

#include "services/sns/errors.h"

namespace thimble::services::sns {

using base::Json;

const std::string& Message::bodyFor(const std::string& protocol) const {
  const auto found = bodies.find(protocol);
  return found != bodies.end() ? found->second : bodies.at("default");
}

Json toJson(const Message& message) {
  Json bodies = Json::object();
  for (const auto& [protocol, body] : message.bodies) bodies.set(protocol, body);
  Json json = Json::object({{"id", message.id},
                            {"topic", message.topic_arn},
                            {"bodies", bodies},
                            {"attributes", message.attributes},
                            {"published", message.published.milliseconds},
                            {"group", message.group_id},
                            {"deduplication", message.deduplication_id},
                            {"sequence", message.sequence_number}});
  if (message.subject) json.set("subject", *message.subject);
  return json;
}

Message messageFromJson(const Json& json) {
  Message message;
  message.id = json.stringAt("id");
  message.topic_arn = json.stringAt("topic");
  for (const auto& [protocol, body] : json["bodies"].asObject()) message.bodies[protocol] = body.asString();
  message.attributes = json["attributes"];
  message.published = {json["published"].asInt()};
  message.group_id = json.stringAt("group");
  message.deduplication_id = json.stringAt("deduplication");
  message.sequence_number = json.stringAt("sequence");
  if (const Json* subject = json.find("subject")) message.subject = subject->asString();
  return message;
}

base::Result<std::map<std::string, std::string>> readStructuredBody(const std::string& text) {
  const auto parsed = Json::parse(text, {.max_depth = 64});
  if (!parsed.ok() || !parsed->isObject()) {
    return invalidParameter("Message Structure - JSON message body failed to parse");
  }
  std::map<std::string, std::string> bodies;
  for (const auto& [protocol, body] : parsed->asObject()) {
    if (body.isString()) bodies[protocol] = body.asString();
  }
  if (!bodies.contains("default")) {
    return invalidParameter("Message Structure - No default entry in JSON message body");
  }
  return bodies;
}

Json notification(const Message& message, const std::string& protocol) {
  Json json = Json::object({{"Type", "Notification"}, {"MessageId", message.id}});
  if (!message.sequence_number.empty()) json.set("SequenceNumber", message.sequence_number);
  json.set("TopicArn", message.topic_arn);
  if (message.subject) json.set("Subject", *message.subject);
  json.set("Message", message.bodyFor(protocol));
  json.set("Timestamp", base::formatIso8601Milliseconds(message.published));
  return json;
}

Json lambdaEvent(const Message& message, const std::string& subscription_arn, const Json& signature) {
  Json sns = Json::object({{"Type", "Notification"},
                           {"MessageId", message.id},
                           {"TopicArn", message.topic_arn},
                           {"Subject", message.subject ? Json(*message.subject) : Json()},
                           {"Message", message.bodyFor("lambda")},
                           {"Timestamp", base::formatIso8601Milliseconds(message.published)},
                           {"SignatureVersion", signature["SignatureVersion"]},
                           {"Signature", signature["Signature"]},
                           {"SigningCertUrl", signature["SigningCertURL"]},
                           {"UnsubscribeUrl", signature["UnsubscribeURL"]},
                           {"MessageAttributes", message.attributes.isNull() ? Json::object() : message.attributes}});
  return Json::object({{"Records", Json::array({Json::object({{"EventSource", "aws:sns"},
                                                              {"EventVersion", "1.0"},
                                                              {"EventSubscriptionArn", subscription_arn},
                                                              {"Sns", sns}})})}});
}

std::string textToSign(const Json& document) {
  // Name and value on lines of their own, in this order, those that are there.
  const bool is_notification = document.stringAt("Type") == "Notification";
  std::string text;
  auto add = [&](const char* name) {
    if (const Json* value = document.find(name)) text += std::string(name) + "\n" + value->asString() + "\n";
  };
  add("Message");
  add("MessageId");
  if (is_notification) {
    add("Subject");
  } else {
    add("SubscribeURL");
  }
  add("Timestamp");
  if (!is_notification) add("Token");
  add("TopicArn");
  add("Type");
  return text;
}

}  // namespace thimble::services::sns
