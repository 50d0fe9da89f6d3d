#include "services/s3/notifications.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "base/time.h"
#include "dispatch/event_outbox.h"
#include "services/s3/common.h"

namespace thimble::services::s3 {

using base::Json;
using dispatch::Context;

namespace {

/// Where an event comes from.
struct Cause {
  base::Timestamp time;
  std::string request_id;
  std::string principal;
  std::string requester;
  std::string source_ip;
};

Cause causeOf(Context& context) {
  const dispatch::Call& call = context.call();
  return {context.now(), call.request_id, "AWS:" + call.identity.user_id, context.account(), call.source_ip};
}

/// S3 itself.
Cause causeOf(dispatch::ProcessContext& context) {
  const std::string self = "s3.amazonaws.com";
  return {context.now(), context.random().uuid(), self, self, self};
}

std::string sequencer(base::Timestamp time) {
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789ABCDEF"[time.milliseconds >> shift & 15];
  return digits;
}

bool isRemoval(const std::string& event) {
  return event.starts_with("ObjectRemoved") || event.starts_with("LifecycleExpiration");
}

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
dispatch::Event bridgeEvent(const Cause& cause, const proto::Bucket& bucket, const proto::ObjectVersion& object,
                            const std::string& event) {
  const bool removed = isRemoval(event);
  const std::string how = event.substr(event.find(':') + 1);
  Json shown = Json::object({{"key", object.key()}});
  if (!removed) {
    shown.set("size", static_cast<std::int64_t>(object.size()));
    shown.set("etag", object.etag());
  }
  if (auto version = shownVersionId(bucket, object)) shown.set("version-id", *version);
  shown.set("sequencer", sequencer(cause.time));
  Json detail = Json::object({{"version", "0"},
                              {"bucket", Json::object({{"name", bucket.name()}})},
                              {"object", std::move(shown)},
                              {"request-id", cause.request_id},
                              {"requester", cause.requester}});
  const bool lifecycle = event.starts_with("Lifecycle");
  if (!lifecycle) detail.set("source-ip-address", cause.source_ip);
  std::string type = "Object Created";
  if (removed) {
    type = "Object Deleted";
    detail.set("reason", lifecycle ? "Lifecycle Expiration" : "DeleteObject");
    detail.set("deletion-type", how == "Delete" ? "Permanently Deleted" : "Delete Marker Created");
  } else if (lifecycle) {
    type = "Object Storage Class Changed";
    detail.set("destination-storage-class", object.storage_class());
  } else if (event.starts_with("ObjectTagging")) {
    type = how == "Put" ? "Object Tags Added" : "Object Tags Deleted";
  } else if (event.starts_with("ObjectAcl")) {
    type = "Object ACL Updated";
  } else if (event.starts_with("ObjectRestore")) {
    type = how == "Post" ? "Object Restore Initiated" : "Object Restore Completed";
    detail.set("source-storage-class", object.storage_class());
    if (how == "Completed") {
      detail.set("restore-expiry-time", base::formatIso8601Seconds({object.restored_until()}));
    }
  } else {
    detail.set("reason", how == "CompleteMultipartUpload" ? how : how + "Object");
  }
  return {bucket.account(), bucket.region(), "aws.s3", type, {"arn:aws:s3:::" + bucket.name()}, std::move(detail)};
}

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
Json eventMessage(const Cause& cause, const proto::Bucket& bucket, const proto::ObjectVersion& object,
                  const std::string& event, const std::string& configuration_id) {
  // Keys are form-encoded in messages.
  Json shown = Json::object({{"key", encodeListed(object.key(), "url")}});
  // What changes no bytes has a later form of the message.
  const bool later = event.starts_with("ObjectTagging") || event.starts_with("ObjectAcl");
  const bool removed = isRemoval(event);
  const bool lifecycle = event.starts_with("Lifecycle");
  if (!later && !removed) shown.set("size", static_cast<std::int64_t>(object.size()));
  if (!removed && !object.etag().empty()) shown.set("eTag", object.etag());
  if (auto version = shownVersionId(bucket, object)) shown.set("versionId", *version);
  if (!later) shown.set("sequencer", sequencer(cause.time));
  Json record = Json::object(
      {{"eventVersion", later || lifecycle ? "2.3" : "2.1"},
       {"eventSource", "aws:s3"},
       {"awsRegion", bucket.region()},
       {"eventTime", base::formatIso8601Milliseconds(cause.time)},
       {"eventName", event},
       {"userIdentity", Json::object({{"principalId", cause.principal}})},
       {"requestParameters", Json::object({{"sourceIPAddress", cause.source_ip}})},
       {"responseElements",
        Json::object({{"x-amz-request-id", cause.request_id}, {"x-amz-id-2", base::encodeBase64(cause.request_id)}})},
       {"s3", Json::object({{"s3SchemaVersion", "1.0"},
                            {"configurationId", configuration_id},
                            {"bucket", Json::object({{"name", bucket.name()},
                                                     {"ownerIdentity",
                                                      Json::object({{"principalId", canonicalUser(bucket.account())}})},
                                                     {"arn", "arn:aws:s3:::" + bucket.name()}})},
                            {"object", std::move(shown)}})}});
  if (event == "ObjectRestore:Completed") {
    const Json restored =
        Json::object({{"lifecycleRestorationExpiryTime", base::formatIso8601Milliseconds({object.restored_until()})},
                      {"lifecycleRestoreStorageClass", object.storage_class()}});
    record.set("glacierEventData", Json::object({{"restoreEventData", restored}}));
  }
  if (event == "LifecycleTransition") {
    const Json moved = Json::object({{"destinationStorageClass", object.storage_class()}});
    record.set("lifecycleEventData", Json::object({{"transitionEventData", moved}}));
  }
  return record;
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
    const std::string name = rule.stringAt("Name");
    if (name == "Prefix" || name == "prefix" ? !key.starts_with(value) : !key.ends_with(value)) return false;
  }
  return true;
}

/// `AnyContext`: of a call or of a process.
template <class AnyContext>
void tell(AnyContext& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
          const std::string& event) {
  const Json all = configuration(bucket, "Notification");
  if (all.isNull()) return;
  const Cause cause = causeOf(context);
  auto deliver = [&](const char* list, const char* arn_member, const char* service, const char* operation) {
    const Json configurations = all[list];
    if (!configurations.isArray()) return;
    for (const Json& configuration : configurations.asArray()) {
      if (!matches(configuration, object.key(), event)) continue;
      const std::string message =
          Json::object(
              {{"Records", Json::array({eventMessage(cause, bucket, object, event, configuration.stringAt("Id"))})}})
              .write();
      const std::string arn = configuration.stringAt(arn_member);
      const Json input = notificationInput(service, arn, message);
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
  deliver("QueueConfigurations", "QueueArn", "sqs", "SendMessage");
  if (all.contains("EventBridgeConfiguration")) {
    dispatch::emitEvent(context, bridgeEvent(cause, bucket, object, event));
  }
}

}  // namespace

void notify(Context& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
            const std::string& event) {
  tell(context, bucket, object, event);
}

void notify(dispatch::ProcessContext& context, const proto::Bucket& bucket, const proto::ObjectVersion& object,
            const std::string& event) {
  tell(context, bucket, object, event);
}

Json notificationInput(std::string_view service, const std::string& arn, const std::string& message) {
  if (service == "lambda") {
    return Json::object({{"FunctionName", arn}, {"InvocationType", "Event"}, {"Payload", message}});
  }
  if (service == "sns") {
    return Json::object({{"TopicArn", arn}, {"Subject", "Amazon S3 Notification"}, {"Message", message}});
  }
  const auto queue = base::parseArn(arn);
  return Json::object({{"QueueUrl", queue ? queue->account + "/" + queue->resource : arn}, {"MessageBody", message}});
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

}  // namespace thimble::services::s3
