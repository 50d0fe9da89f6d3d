// Publish and PublishBatch. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

#include "base/encoding.h"
#include "services/sns/delivery.h"
#include "services/sns/errors.h"
#include "services/sns/filter_policy.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using base::Json;
using namespace shapes::sns;  // NOLINT: the operations of this file

constexpr std::size_t kMaxMessageBytes = 262'144;
constexpr std::size_t kMaxBatchEntries = 10;
constexpr std::int64_t kDeduplicationMilliseconds = 5 * 60 * 1000;

/// What Publish and each entry of PublishBatch have in common.
struct Request {
  std::string message;
  std::optional<std::string> subject;
  std::optional<std::string> structure;
  std::optional<std::map<std::string, MessageAttributeValue>> attributes;
  std::optional<std::string> group_id;
  std::optional<std::string> deduplication_id;
};

struct Published {
  std::string message_id;
  std::string sequence_number;  ///< Empty for standard topics.
};

base::ApiError invalidValue(const std::string& message) {
  return {"ParameterValueInvalid", message, 400};
}

/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
base::Result<void> checkAttributeName(const std::string& name) {
  constexpr std::size_t kMaxLength = 256;
  if (name.size() > kMaxLength) return invalidValue("Length of message attribute name must be less than 256 bytes.");
  for (const unsigned char c : name) {
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.') continue;
    return invalidValue("Invalid non-alphanumeric character '#x" +
                        base::encodeHex(std::string(1, static_cast<char>(c))) +
                        "' was found in the message attribute name. Can only include alphanumeric characters, hyphens, "
                        "underscores, or dots.");
  }
  if (name.starts_with('.'))
    return invalidValue("Invalid message attribute name starting with character '.' was found.");
  if (name.ends_with('.')) return invalidValue("Invalid message attribute name ending with character '.' was found.");
  if (name.find("..") != std::string::npos) {
    return invalidValue("Message attribute name can not have successive '.' character.");
  }
  return {};
}

/// Group and deduplication ids: 1 to 128 letters, digits and punctuation.
base::Result<void> checkId(const std::optional<std::string>& id, const std::string& parameter) {
  const bool valid = !id || (!id->empty() && id->size() <= 128 &&
                             std::all_of(id->begin(), id->end(), [](char c) { return c > ' ' && c <= '~'; }));
  if (valid) return {};
  return invalidParameter(parameter + " Reason: " + parameter +
                          " can only include alphanumeric and punctuation characters. 1 to 128 in length");
}

std::size_t sizeOf(const Request& request) {
  std::size_t size = request.message.size();
  if (!request.attributes) return size;
  for (const auto& [name, value] : *request.attributes) {
    size += name.size() + value.DataType_.size() + value.StringValue_.value_or("").size() +
            value.BinaryValue_.value_or("").size();
  }
  return size;
}

base::Result<Json> readAttributes(const Request& request) {
  Json out = Json::object();
  if (!request.attributes) return out;
  for (const auto& [name, value] : *request.attributes) {
    TRY(checkAttributeName(name));
    const std::string& type = value.DataType_;
    const bool binary = type.starts_with("Binary");
    if (!binary && !type.starts_with("String") && !type.starts_with("Number")) {
      return invalidValue(
          "The message attribute '" + name +
          "' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
    }
    const std::string text = binary ? value.BinaryValue_.value_or("") : value.StringValue_.value_or("");
    if (text.empty()) {
      return invalidValue("The message attribute '" + name +
                          "' must contain non-empty message attribute value for message attribute type '" + type +
                          "'.");
    }
    if (type.starts_with("Number")) {
      const auto number = Json::parse(text);
      if (!number.ok() || !number->isNumber()) {
        return invalidValue("Could not cast message attribute '" + name + "' value to number.");
      }
    }
    out.set(name, Json::object({{"Type", type}, {"Value", binary ? base::encodeBase64(text) : text}}));
  }
  return out;
}

base::Result<void> checkRequest(const rows::Topic& topic, const Request& request) {
  if (request.message.empty()) return invalidParameter("Empty message");
  if (sizeOf(request) > kMaxMessageBytes) return invalidParameter("Message too long");
  if (request.subject) {
    const std::string& subject = *request.subject;
    if (subject.empty() || subject.size() > 100 || subject.find_first_of("\r\n") != std::string::npos) {
      return invalidParameter("Subject");
    }
  }
  if (request.structure && *request.structure != "json") return invalidParameter("MessageStructure");
  if (request.structure) TRY(readStructuredBody(request.message));
  const auto by_content = topic.attributes().find("ContentBasedDeduplication");
  if (isFifo(topic)) {
    if (!request.group_id) return invalidParameter("The MessageGroupId parameter is required for FIFO topics");
    if (!request.deduplication_id && (by_content == topic.attributes().end() || by_content->second != "true")) {
      return invalidParameter(
          "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
          "explicitly");
    }
    TRY(checkId(request.group_id, "MessageGroupId"));
    TRY(checkId(request.deduplication_id, "MessageDeduplicationId"));
  } else if (request.deduplication_id) {
    return invalidParameter(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for "
        "this topic type");
  }
  return {};
}

bool wants(const rows::Subscription& subscription, const Message& message) {
  const auto policy_text = subscription.attributes().find("FilterPolicy");
  if (policy_text == subscription.attributes().end() || policy_text->second.empty()) return true;
  const auto scope = subscription.attributes().find("FilterPolicyScope");
  const bool body = scope != subscription.attributes().end() && scope->second == "MessageBody";
  const auto policy = Json::parse(policy_text->second);
  if (!policy.ok()) return false;
  return body ? bodyMatches(*policy, message.bodyFor(subscription.protocol()))
              : attributesMatch(*policy, message.attributes);
}

/// Assumes that checkRequest passed; `topic` keeps the count of a FIFO topic's messages.
base::Result<Published> publish(dispatch::Context& context, const std::string& topic_arn, rows::Topic& topic,
                                const Request& request) {
  Message message;
  message.id = context.random().uuid();
  message.topic_arn = topic_arn;
  message.subject = request.subject;
  message.published = context.now();
  if (request.structure) {
    TRY_ASSIGN(message.bodies, readStructuredBody(request.message));
  } else {
    message.bodies["default"] = request.message;
  }
  TRY_ASSIGN(message.attributes, readAttributes(request));
  message.group_id = request.group_id.value_or("");

  if (isFifo(topic)) {
    message.deduplication_id = request.deduplication_id.value_or(base::encodeHex(base::sha256(request.message)));
    const auto before = kDeduplications.get(context.transaction(), topic_arn, message.deduplication_id);
    if (before && before->until() > context.now().milliseconds) {
      return Published{before->message_id(), before->sequence_number()};
    }
    topic.set_sequence(topic.sequence() + 1);
    kTopics.put(context.transaction(), topic, topic_arn);
    char number[32];
    std::snprintf(number, sizeof number, "1%019lld", static_cast<long long>(topic.sequence()));
    message.sequence_number = number;
    rows::Deduplication row;
    row.set_until(context.now().milliseconds + kDeduplicationMilliseconds);
    row.set_message_id(message.id);
    row.set_sequence_number(message.sequence_number);
    kDeduplications.put(context.transaction(), row, topic_arn, message.deduplication_id);
  }

  const auto version = topic.attributes().find("SignatureVersion");
  const std::string signature_version = version == topic.attributes().end() ? "1" : version->second;
  for (const auto& entry : kTopicSubscriptions.scan(context.transaction(), {}, topic_arn)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const std::string arn = reader.text().value_or("");
    const auto subscription = kSubscriptions.get(context.transaction(), arn);
    if (subscription && subscription->confirmed() && wants(*subscription, message)) {
      startDelivery(context, message, arn, *subscription, signature_version);
    }
  }
  return Published{message.id, message.sequence_number};
}

base::Result<Publish::Output> publishOne(dispatch::Context& context, const Publish::Input& input) {
  if (input.PhoneNumber_) return notImplemented("publishing to a phone number");
  const std::string arn = input.TopicArn_ ? *input.TopicArn_ : input.TargetArn_.value_or("");
  const std::string parameter = input.TopicArn_ ? "TopicArn" : "TargetArn";
  if (arn.empty()) return invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
  if (arn.find(":endpoint/") != std::string::npos) {
    if (!kEndpointPlaces.has(context.transaction(), arn)) {
      return invalidParameter("TargetArn Reason: No endpoint found for the target arn specified");
    }
    return notImplemented("publishing to a platform endpoint");
  }
  TRY(checkArn(arn, parameter));
  TRY(context.authorise("sns:Publish", arn));
  TRY_ASSIGN(rows::Topic topic, findTopic(context, arn, parameter));
  const Request request{input.Message_,           input.Subject_,        input.MessageStructure_,
                        input.MessageAttributes_, input.MessageGroupId_, input.MessageDeduplicationId_};
  TRY(checkRequest(topic, request));
  TRY_ASSIGN(const Published published, publish(context, arn, topic, request));
  Publish::Output output;
  output.MessageId_ = published.message_id;
  if (!published.sequence_number.empty()) output.SequenceNumber_ = published.sequence_number;
  return output;
}

bool isEntryId(const std::string& id) {
  constexpr std::size_t kMaxLength = 80;
  return !id.empty() && id.size() <= kMaxLength && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

base::Result<PublishBatch::Output> publishBatch(dispatch::Context& context, const PublishBatch::Input& input) {
  TRY_ASSIGN(rows::Topic topic, findTopic(context, input.TopicArn_));
  const auto& entries = input.PublishBatchRequestEntries_;
  if (entries.empty())
    return base::ApiError{"EmptyBatchRequest", "The batch request doesn't contain any entries.", 400};
  if (entries.size() > kMaxBatchEntries) {
    return base::ApiError{"TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.",
                          400};
  }
  std::set<std::string> ids;
  std::vector<Request> requests;
  std::size_t size = 0;
  for (const auto& entry : entries) {
    if (!isEntryId(entry.Id_)) {
      return base::ApiError{"InvalidBatchEntryId",
                            "The Id of a batch entry in a batch request doesn't abide by the specification.", 400};
    }
    if (!ids.insert(entry.Id_).second) {
      return base::ApiError{"BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.",
                            400};
    }
    requests.push_back({entry.Message_, entry.Subject_, entry.MessageStructure_, entry.MessageAttributes_,
                        entry.MessageGroupId_, entry.MessageDeduplicationId_});
    size += sizeOf(requests.back());
  }
  if (size > kMaxMessageBytes) {
    return base::ApiError{"BatchRequestTooLong",
                          "The length of all the batch messages put together is more than the limit.", 400};
  }
  PublishBatch::Output output;
  output.Successful_.emplace();
  output.Failed_.emplace();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Request& request = requests[i];
    TRY(checkRequest(topic, request));
    TRY_ASSIGN(const Published published, publish(context, input.TopicArn_, topic, request));
    PublishBatchResultEntry& result = output.Successful_->emplace_back();
    result.Id_ = entries[i].Id_;
    result.MessageId_ = published.message_id;
    if (!published.sequence_number.empty()) result.SequenceNumber_ = published.sequence_number;
  }
  return output;
}

}  // namespace

void registerPublish(dispatch::Registry& registry) {
  registry.add<Publish>(publishOne);
  registry.add<PublishBatch>(publishBatch);
}

}  // namespace thimble::services::sns
