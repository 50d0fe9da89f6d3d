#include "services/s3/notifications.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "base/time.h"
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
Json eventMessage(Context& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
                  const std::string& event, const std::string& configuration_id) {
  // Keys are form-encoded in messages.
  Json shown = Json::object({{"key", encodeListed(object.key(), "url")}});
  if (!object.delete_marker() && !event.starts_with("ObjectRemoved")) {
    shown.set("size", static_cast<std::int64_t>(object.size()));
  }
  if (!object.etag().empty() && !event.starts_with("ObjectRemoved")) shown.set("eTag", object.etag());
  if (auto version = shownVersionId(bucket, object)) shown.set("versionId", *version);
  std::string sequencer;
  for (int shift = 60; shift >= 0; shift -= 4)
    sequencer += "0123456789ABCDEF"[context.now().milliseconds >> shift & 15];
  shown.set("sequencer", sequencer);
  const std::string request_id = context.call().request_id;
  return Json::object(
      {{"eventVersion", "2.1"},
       {"eventSource", "aws:s3"},
       {"awsRegion", bucket.region()},
       {"eventTime", base::formatIso8601Milliseconds(context.now())},
       {"eventName", event},
       {"userIdentity", Json::object({{"principalId", "AWS:" + context.call().identity.user_id}})},
       {"requestParameters", Json::object({{"sourceIPAddress", context.call().source_ip}})},
       {"responseElements",
        Json::object({{"x-amz-request-id", request_id}, {"x-amz-id-2", base::encodeBase64(request_id)}})},
       {"s3", Json::object({{"s3SchemaVersion", "1.0"},
                            {"configurationId", configuration_id},
                            {"bucket", Json::object({{"name", bucket.name()},
                                                     {"ownerIdentity",
                                                      Json::object({{"principalId", canonicalUser(bucket.account())}})},
                                                     {"arn", "arn:aws:s3:::" + bucket.name()}})},
                            {"object", std::move(shown)}})}});
}

bool matches(const Json& configuration, const std::string& key, const std::string& event) {
  bool wanted = false;
  for (const Json& pattern : configuration["Events"].asArray()) {
    std::string text = pattern.asString().substr(3);  // Without "s3:".
    if (text.ends_with("*")) {
      wanted = wanted || event.starts_with(text.substr(0, text.size() - 1));
    } else {
      wanted = wanted || event == text;
    }
  }
  if (!wanted) return false;
  const Json rules = configuration["Filter"]["Key"]["FilterRules"];
  if (!rules.isArray()) return true;
  for (const Json& rule : rules.asArray()) {
    const std::string value = rule.stringAt("Value");
    if (lower(rule.stringAt("Name")) == "prefix" ? !key.starts_with(value) : !key.ends_with(value)) return false;
  }
  return true;
}

Result<void> checkFilter(const std::optional<api::NotificationConfigurationFilter>& filter) {
  if (!filter || !filter->Key_ || !filter->Key_->FilterRules_) return {};
  for (const api::FilterRule& rule : *filter->Key_->FilterRules_) {
    if (!rule.Name_ || !rule.Value_) return malformedXml();
    const std::string name = lower(*rule.Name_);
    if (name != "prefix" && name != "suffix") {
      return invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", *rule.Name_);
    }
  }
  return {};
}

Result<void> checkEvents(const std::vector<std::string>& events) {
  static constexpr std::string_view kFamilies[] = {"s3:ObjectCreated:", "s3:ObjectRemoved:", "s3:ObjectTagging:"};
  if (events.empty()) return malformedXml();
  for (const std::string& event : events) {
    bool known = false;
    for (std::string_view family : kFamilies) known = known || event.starts_with(family);
    if (known) continue;
    if (event.starts_with("s3:")) return notImplemented("S3 notifications of the event " + event);
    return invalidArgument("A specified event is not supported for notifications.", "event", event);
  }
  return {};
}

template <class Configuration>
Result<void> check(Context& context, Configuration& configuration, const std::string& arn, const char* what,
                   const std::string& service) {
  if (!configuration.Id_ || configuration.Id_->empty())
    configuration.Id_ = base::encodeBase64(context.random().bytes(36));
  auto parsed = base::parseArn(arn);
  if (!parsed || parsed->service != service) return invalidArgument("The ARN could not be parsed", what, arn);
  TRY(checkEvents(configuration.Events_));
  return checkFilter(configuration.Filter_);
}

Result<api::PutBucketNotificationConfiguration::Output> put(
    Context& context, const api::PutBucketNotificationConfiguration::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  auto configuration = input.NotificationConfiguration_;
  if (configuration.TopicConfigurations_) {
    for (auto& topic : *configuration.TopicConfigurations_) TRY(check(context, topic, topic.TopicArn_, "Topic", "sns"));
  }
  if (configuration.LambdaFunctionConfigurations_) {
    for (auto& function : *configuration.LambdaFunctionConfigurations_) {
      TRY(check(context, function, function.LambdaFunctionArn_, "CloudFunction", "lambda"));
    }
  }
  if (configuration.QueueConfigurations_) {
    for (auto& queue : *configuration.QueueConfigurations_) TRY(check(context, queue, queue.QueueArn_, "Queue", "sqs"));
    if (!configuration.QueueConfigurations_->empty()) return notImplemented("S3 notifications to SQS queues");
  }
  if (configuration.EventBridgeConfiguration_) return notImplemented("S3 notifications to EventBridge");
  (*bucket.mutable_configurations())["Notification"] = toJson(configuration).write();
  kBuckets.put(context.transaction(), bucket, bucket.name());
  return api::PutBucketNotificationConfiguration::Output{};
}

Result<api::GetBucketNotificationConfiguration::Output> get(
    Context& context, const api::GetBucketNotificationConfiguration::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Json value = configuration(bucket, "Notification");
  if (value.isNull()) value = Json::object();
  return shapes::fromJson<api::GetBucketNotificationConfiguration::Output>(value);
}

}  // namespace

void notify(Context& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
            const std::string& event) {
  const Json all = configuration(bucket, "Notification");
  if (all.isNull()) return;
  auto deliver = [&](const char* list, const char* arn_member, const char* service, const char* operation) {
    const Json configurations = all[list];
    if (!configurations.isArray()) return;
    for (const Json& configuration : configurations.asArray()) {
      if (!matches(configuration, object.key(), event)) continue;
      const std::string message =
          Json::object(
              {{"Records", Json::array({eventMessage(context, bucket, object, event, configuration.stringAt("Id"))})}})
              .write();
      const std::string arn = configuration.stringAt(arn_member);
      const Json input =
          std::string_view(service) == "lambda"
              ? Json::object({{"FunctionName", arn}, {"InvocationType", "Event"}, {"Payload", message}})
              : Json::object({{"TopicArn", arn}, {"Subject", "Amazon S3 Notification"}, {"Message", message}});
      context.start({Deliveries::kName, context.random().uuid()},
                    Json::object({{"account", bucket.account()},
                                  {"region", bucket.region()},
                                  {"service", service},
                                  {"operation", operation},
                                  {"source", "arn:aws:s3:::" + bucket.name()},
                                  {"input", input}}));
    }
  };
  deliver("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", "Invoke");
  deliver("TopicConfigurations", "TopicArn", "sns", "Publish");
}

// A delivery is one call, made by S3 itself; the function's or topic's own policy must allow it. Its result is not
// awaited: Lambda queues and retries, and S3 drops what a topic refuses.
void Deliveries::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  if (input.type != dispatch::ProcessInput::Type::Start) return;
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = input.payload.stringAt("account");
  call.identity.arn = "s3.amazonaws.com";
  call.account = input.payload.stringAt("account");
  call.region = input.payload.stringAt("region");
  call.service = input.payload.stringAt("service");
  call.operation = input.payload.stringAt("operation");
  call.source_arn = input.payload.stringAt("source");
  call.input = input.payload["input"];
  context.scheduleCall(call);
}

void registerNotifications(dispatch::Registry& registry) {
  registry.add<api::PutBucketNotificationConfiguration>(put);
  registry.add<api::GetBucketNotificationConfiguration>(get);
}

}  // namespace thimble::services::s3
