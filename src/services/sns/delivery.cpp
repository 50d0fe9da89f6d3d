#include "services/sns/delivery.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "base/json_binary.h"
#include "platform/log.h"
#include "services/sns/service.h"

namespace thimble::services::sns {
namespace {

using base::Json;

// Web endpoints: three retries, twenty seconds apart (the default delivery policy).
constexpr std::int64_t kWebRetries = 3;
constexpr std::int64_t kWebDelayMilliseconds = 20'000;
// AWS's own endpoints: at once, then ever slower up to twenty seconds, for about 23 days.
constexpr std::int64_t kInternalRetries = 100'015;
constexpr std::int64_t kImmediateRetries = 3;
constexpr std::int64_t kLongestDelayMilliseconds = 20'000;

bool isWeb(const rows::Delivery& delivery) {
  return delivery.protocol().starts_with("http");
}

std::int64_t delayBefore(std::int64_t retry, bool web) {
  if (web) return kWebDelayMilliseconds;
  if (retry <= kImmediateRetries) return 0;
  return std::min<std::int64_t>(1000LL << std::min<std::int64_t>(retry - kImmediateRetries - 1, 5),
                                kLongestDelayMilliseconds);
}

Json decode(const rows::Delivery& delivery) {
  auto json = base::decodeJsonBinary(delivery.message());
  if (!json) throw store::DamagedRow("a stored notification is damaged");
  return *std::move(json);
}

/// The queue's URL, which is how SQS names it.
std::string queueUrl(const std::string& arn_text) {
  const auto arn = base::parseArn(arn_text);
  return arn ? "https://sqs." + arn->region + ".amazonaws.com/" + arn->account + "/" + arn->resource : arn_text;
}

dispatch::Call serviceCall(const rows::Delivery& delivery, std::string service, std::string operation, Json input) {
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = delivery.account();
  call.identity.arn = "sns.amazonaws.com";
  call.account = delivery.account();
  const auto arn = base::parseArn(delivery.endpoint());
  call.region = arn ? arn->region : delivery.region();
  call.service = std::move(service);
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.source_arn = delivery.topic_arn();
  return call;
}

void start(dispatch::Context& context, rows::Delivery delivery) {
  const std::string id = context.random().uuid();
  kDeliveries.put(context.transaction(), delivery, id);
  context.start({std::string(kDeliveryKind), id}, Json());
}

}  // namespace

void startDelivery(dispatch::Context& context, const Message& message, const std::string& subscription_arn,
                   const rows::Subscription& subscription, const std::string& signature_version) {
  rows::Delivery delivery;
  delivery.set_topic_arn(subscription.topic_arn());
  delivery.set_subscription_arn(subscription_arn);
  delivery.set_protocol(subscription.protocol());
  delivery.set_endpoint(subscription.endpoint());
  const auto raw = subscription.attributes().find("RawMessageDelivery");
  delivery.set_raw(raw != subscription.attributes().end() && raw->second == "true");
  const auto redrive = subscription.attributes().find("RedrivePolicy");
  if (redrive != subscription.attributes().end()) {
    if (auto policy = Json::parse(redrive->second); policy.ok()) {
      delivery.set_dead_letter_queue(policy->stringAt("deadLetterTargetArn"));
    }
  }
  Json json = toJson(message);
  json.set("signature_version", signature_version);
  delivery.set_message(base::encodeJsonBinary(json));
  delivery.set_region(context.region());
  delivery.set_account(subscription.owner());
  start(context, std::move(delivery));
}

void startConfirmation(dispatch::Context& context, const std::string& subscription_arn,
                       const rows::Subscription& subscription) {
  rows::Delivery delivery;
  delivery.set_topic_arn(subscription.topic_arn());
  delivery.set_subscription_arn(subscription_arn);
  delivery.set_protocol(subscription.protocol());
  delivery.set_endpoint(subscription.endpoint());
  delivery.set_region(context.region());
  delivery.set_account(subscription.owner());
  delivery.set_confirmation(true);
  delivery.set_message(base::encodeJsonBinary(Json::object({{"id", context.random().uuid()},
                                                            {"token", subscription.token()},
                                                            {"published", context.now().milliseconds},
                                                            {"signature_version", "1"}})));
  start(context, std::move(delivery));
}

void Deliveries::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  auto delivery = kDeliveries.get(context.transaction(), context.self().id);
  if (!delivery) return;
  switch (input.type) {
    case Type::Start:
    case Type::Timer:
      attempt(context, *delivery);
      break;
    case Type::WorkerLost:
      fail(context, *delivery, "the server ended while it was delivering", true);
      break;
    case Type::TaskResult: {
      const dispatch::CallOutcome& outcome = *input.outcome;
      if (!outcome.ok()) {
        // What the caller did wrong (a missing function, no permission) stays wrong.
        const bool may_retry =
            isWeb(*delivery) || outcome.error().http_status >= 500 || outcome.error().http_status == 429;
        fail(context, *delivery, outcome.error().code + ": " + outcome.error().message,
             may_retry && outcome.error().http_status != 501);
        break;
      }
      const Json& status = outcome->output["Status"];
      if (isWeb(*delivery) && (!status.isInt() || status.asInt() < 200 || status.asInt() > 299)) {
        const bool may_retry = !status.isInt() || status.asInt() >= 500 || status.asInt() == 429;
        fail(context, *delivery, "the endpoint answered " + status.write(), may_retry);
        break;
      }
      kDeliveries.erase(context.transaction(), context.self().id);
      break;
    }
    case Type::TaskStarted:
    case Type::Signal:
    case Type::Continue:
      break;
  }
}

void Deliveries::attempt(dispatch::ProcessContext& context, rows::Delivery& delivery) {
  const Json stored = decode(delivery);
  const std::string& protocol = delivery.protocol();
  const std::string version = stored.stringAt("signature_version", "1");
  const std::string unsubscribe =
      signer_.baseUrl() + "/?Action=Unsubscribe&SubscriptionArn=" + delivery.subscription_arn();

  if (delivery.confirmation()) {
    if (!isWeb(delivery)) {
      fail(context, delivery, "Thimble sends no e-mail; confirm the subscription with its token", false);
      return;
    }
    Json document = Json::object(
        {{"Type", "SubscriptionConfirmation"},
         {"MessageId", stored.stringAt("id")},
         {"Token", stored.stringAt("token")},
         {"TopicArn", delivery.topic_arn()},
         {"Message", "You have chosen to subscribe to the topic " + delivery.topic_arn() +
                         ".\nTo confirm the subscription, visit the SubscribeURL included in this message."},
         {"SubscribeURL", signer_.baseUrl() + "/?Action=ConfirmSubscription&TopicArn=" +
                              base::encodePercent(delivery.topic_arn()) + "&Token=" + stored.stringAt("token")},
         {"Timestamp", base::formatIso8601Milliseconds({stored["published"].asInt()})}});
    signer_.sign(context.transaction(), document, version);
    const Json headers = Json::object({{"x-amz-sns-message-type", "SubscriptionConfirmation"},
                                       {"x-amz-sns-message-id", stored.stringAt("id")},
                                       {"x-amz-sns-topic-arn", delivery.topic_arn()},
                                       {"Content-Type", "text/plain; charset=UTF-8"},
                                       {"User-Agent", "Amazon Simple Notification Service Agent"}});
    context.scheduleCall(serviceCall(delivery, "thimble.http", "Send",
                                     Json::object({{"Method", "POST"},
                                                   {"Url", delivery.endpoint()},
                                                   {"Headers", headers},
                                                   {"Body", document.write({.pretty = true})},
                                                   {"TimeoutMilliseconds", 15'000}})));
    return;
  }

  const Message message = messageFromJson(stored);
  if (protocol == "lambda") {
    Json signature = notification(message, protocol);
    signer_.sign(context.transaction(), signature, version);
    signature.set("UnsubscribeURL", unsubscribe);
    const Json event = lambdaEvent(message, delivery.subscription_arn(), signature);
    context.scheduleCall(serviceCall(
        delivery, "lambda", "Invoke",
        Json::object(
            {{"FunctionName", delivery.endpoint()}, {"InvocationType", "Event"}, {"Payload", event.write()}})));
    return;
  }
  if (isWeb(delivery) || protocol == "sqs") {
    std::string body = message.bodyFor(protocol);
    if (!delivery.raw()) {
      Json document = notification(message, protocol);
      // As on AWS, what comes of a FIFO topic is not signed.
      if (message.sequence_number.empty()) signer_.sign(context.transaction(), document, version);
      document.set("UnsubscribeURL", unsubscribe);
      if (message.attributes.size() > 0) document.set("MessageAttributes", message.attributes);
      body = document.write({.pretty = isWeb(delivery)});
    }
    if (protocol == "sqs") {
      Json input = Json::object({{"QueueUrl", queueUrl(delivery.endpoint())}, {"MessageBody", body}});
      // A FIFO topic's message loses its order in a standard queue, and what says it.
      const bool fifo_topic = !message.sequence_number.empty();
      if (!fifo_topic || delivery.endpoint().ends_with(".fifo")) {
        if (!message.group_id.empty()) input.set("MessageGroupId", message.group_id);
        if (!message.deduplication_id.empty()) input.set("MessageDeduplicationId", message.deduplication_id);
      }
      if (delivery.raw() && message.attributes.size() > 0) {
        Json attributes = Json::object();
        for (const auto& [name, value] : message.attributes.asObject()) {
          const bool binary = value.stringAt("Type").starts_with("Binary");
          Json attribute = Json::object({{"DataType", value.stringAt("Type")}});
          attribute.set(binary ? "BinaryValue" : "StringValue",
                        binary ? base::decodeBase64(value.stringAt("Value")).value_or("") : value.stringAt("Value"));
          attributes.set(name, attribute);
        }
        input.set("MessageAttributes", attributes);
      }
      context.scheduleCall(serviceCall(delivery, "sqs", "SendMessage", std::move(input)));
      return;
    }
    Json headers = Json::object({{"x-amz-sns-message-type", "Notification"},
                                 {"x-amz-sns-message-id", message.id},
                                 {"x-amz-sns-topic-arn", delivery.topic_arn()},
                                 {"x-amz-sns-subscription-arn", delivery.subscription_arn()},
                                 {"Content-Type", "text/plain; charset=UTF-8"},
                                 {"User-Agent", "Amazon Simple Notification Service Agent"}});
    if (delivery.raw()) headers.set("x-amz-sns-rawdelivery", "true");
    context.scheduleCall(serviceCall(delivery, "thimble.http", "Send",
                                     Json::object({{"Method", "POST"},
                                                   {"Url", delivery.endpoint()},
                                                   {"Headers", headers},
                                                   {"Body", body},
                                                   {"TimeoutMilliseconds", 15'000}})));
    return;
  }
  fail(context, delivery, "Thimble does not deliver by '" + protocol + "'", false);
}

void Deliveries::fail(dispatch::ProcessContext& context, rows::Delivery& delivery, const std::string& reason,
                      bool may_retry) {
  const std::int64_t most = isWeb(delivery) ? kWebRetries : kInternalRetries;
  if (may_retry && delivery.attempts() < most) {
    delivery.set_attempts(delivery.attempts() + 1);
    kDeliveries.put(context.transaction(), delivery, context.self().id);
    context.scheduleTimer("retry", context.now().plusMilliseconds(delayBefore(delivery.attempts(), isWeb(delivery))));
    return;
  }
  platform::warn("SNS: a message of " + delivery.topic_arn() + " was not delivered to " + delivery.endpoint() + ": " +
                 reason);
  if (!delivery.dead_letter_queue().empty() && !delivery.confirmation()) {
    // The dead letter is a delivery of its own, to the queue.
    const std::string queue = delivery.dead_letter_queue();
    delivery.clear_dead_letter_queue();
    delivery.set_attempts(0);
    delivery.set_protocol("sqs");
    delivery.set_endpoint(queue);
    kDeliveries.put(context.transaction(), delivery, context.self().id);
    attempt(context, delivery);
    return;
  }
  kDeliveries.erase(context.transaction(), context.self().id);
}

}  // namespace thimble::services::sns
