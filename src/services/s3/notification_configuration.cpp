// PutBucketNotificationConfiguration, GetBucketNotificationConfiguration.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "base/time.h"
#include "dispatch/doorway.h"
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Put = api::PutBucketNotificationConfiguration;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// Checks the filter and gives its rules the names and the order in which AWS shows them.
Result<void> checkFilter(std::optional<api::NotificationConfigurationFilter>& filter) {
  if (!filter || !filter->Key_ || !filter->Key_->FilterRules_) return {};
  auto& rules = *filter->Key_->FilterRules_;
  for (api::FilterRule& rule : rules) {
    if (!rule.Name_ || !rule.Value_) return malformedXml();
    const std::string name = lower(*rule.Name_);
    if (name != "prefix" && name != "suffix") {
      return invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", *rule.Name_);
    }
    rule.Name_ = name == "prefix" ? "Prefix" : "Suffix";
  }
  std::stable_sort(rules.begin(), rules.end(),
                   [](const api::FilterRule& left, const api::FilterRule& right) { return left.Name_ < right.Name_; });
  return {};
}

/// What AWS answers when S3 cannot reach those whom it should tell.
base::ApiError unreachable(const std::vector<std::pair<std::string, std::string>>& failed) {
  Json details = Json::object();
  for (std::size_t i = 0; i < failed.size(); ++i) {
    details.set("ArgumentName" + std::to_string(i + 1), failed[i].first);
    details.set("ArgumentValue" + std::to_string(i + 1), failed[i].second);
  }
  return {"InvalidArgument", "Unable to validate the following destination configurations", 400, details};
}

Result<void> checkEvents(const std::vector<std::string>& events) {
  static constexpr std::string_view kFamilies[] = {
      "s3:ObjectCreated:", "s3:ObjectRemoved:",       "s3:ObjectTagging:",     "s3:ObjectAcl:",
      "s3:ObjectRestore:", "s3:LifecycleExpiration:", "s3:LifecycleTransition"};
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

/// Who is told, and with which call.
struct Destination {
  std::string service;
  std::string operation;
  std::string arn;
  std::string what;  ///< As AWS's errors call it.
};

/// A configuration that was checked, and whom S3 has to reach before it is kept.
struct Checked {
  proto::Bucket bucket;
  Json configuration;
  std::vector<Destination> destinations;
};

Result<Checked> check(Context& context, const Put::Input& input) {
  Checked checked;
  TRY_ASSIGN(checked.bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  auto configuration = input.NotificationConfiguration_;
  if (configuration.TopicConfigurations_) {
    for (auto& topic : *configuration.TopicConfigurations_) {
      TRY(check(context, topic, topic.TopicArn_, "Topic", "sns"));
      checked.destinations.push_back({"sns", "Publish", topic.TopicArn_, "topic"});
    }
  }
  if (configuration.LambdaFunctionConfigurations_) {
    for (auto& function : *configuration.LambdaFunctionConfigurations_) {
      TRY(check(context, function, function.LambdaFunctionArn_, "CloudFunction", "lambda"));
      checked.destinations.push_back({"lambda", "Invoke", function.LambdaFunctionArn_, "Lambda"});
    }
  }
  if (configuration.QueueConfigurations_) {
    for (auto& queue : *configuration.QueueConfigurations_) {
      TRY(check(context, queue, queue.QueueArn_, "Queue", "sqs"));
      if (queue.QueueArn_.ends_with(".fifo")) {
        return unreachable({{queue.QueueArn_, "FIFO SQS queues are not supported as destinations"}});
      }
      checked.destinations.push_back({"sqs", "SendMessage", queue.QueueArn_, "queue"});
    }
  }
  if (input.SkipDestinationValidation_.value_or(false)) checked.destinations.clear();
  checked.configuration = toJson(configuration);
  return checked;
}

/// The test event that S3 sends to queues and topics; a function is only asked whether it may be invoked.
dispatch::Call testCall(const dispatch::AsyncContext& context, const proto::Bucket& bucket,
                        const Destination& destination) {
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = bucket.account();
  call.identity.arn = "s3.amazonaws.com";
  call.account = bucket.account();
  call.region = bucket.region();
  call.service = destination.service;
  call.operation = destination.operation;
  call.source_arn = "arn:aws:s3:::" + bucket.name();
  const Json event = Json::object({{"Service", "Amazon S3"},
                                   {"Event", "s3:TestEvent"},
                                   {"Time", base::formatIso8601Milliseconds(context.now())},
                                   {"Bucket", bucket.name()},
                                   {"RequestId", context.call().request_id},
                                   {"HostId", base::encodeBase64(context.call().request_id)}});
  call.input = notificationInput(destination.service, destination.arn, event.write());
  if (destination.service == "lambda") {
    call.input.set("InvocationType", "DryRun");
    call.input.erase("Payload");
  }
  return call;
}

/// Whether a queue or topic is there, asked for by the account itself: who may not use it is not told.
dispatch::Call lookCall(dispatch::Call call, const Destination& destination) {
  call.identity = dispatch::Identity::root(call.account);
  call.source_arn.clear();
  const bool queue = destination.service == "sqs";
  const auto arn = base::parseArn(destination.arn);
  call.operation = queue ? "GetQueueUrl" : "GetTopicAttributes";
  call.input = queue ? Json::object({{"QueueName", arn->resource}, {"QueueOwnerAWSAccountId", arn->account}})
                     : Json::object({{"TopicArn", destination.arn}});
  return call;
}

bool isMissing(const base::ApiError& error) {
  return error.http_status == 404 || error.code == "QueueDoesNotExist";
}

std::string reasonOf(bool missing, const Destination& destination) {
  if (missing) return "The destination " + destination.what + " does not exist";
  if (destination.service == "lambda") return "Not authorized to invoke function [" + destination.arn + "]";
  return "Permissions on the destination " + destination.what +
         " do not allow S3 to publish notifications from this bucket";
}

/// Tries one destination after the other, and keeps the configuration when all could be reached.
struct Validation : std::enable_shared_from_this<Validation> {
  std::shared_ptr<dispatch::AsyncContext> context;
  dispatch::Responder<Put::Output> respond;
  Checked checked;
  std::vector<std::pair<std::string, std::string>> failed;  ///< ARN, reason.
  std::size_t next = 0;

  Validation(std::shared_ptr<dispatch::AsyncContext> its_context, dispatch::Responder<Put::Output> responder,
             Checked its_checked)
      : context(std::move(its_context)), respond(std::move(responder)), checked(std::move(its_checked)) {}

  void go() {
    if (next == checked.destinations.size()) {
      if (!failed.empty()) return respond(unreachable(failed));
      return keep();
    }
    const Destination& destination = checked.destinations[next++];
    context->doorway().call(testCall(*context, checked.bucket, destination), [self = shared_from_this(), &destination](
                                                                                 const dispatch::CallOutcome& outcome) {
      if (outcome.ok()) return self->go();
      if (isMissing(outcome.error()) || destination.service == "lambda") {
        return self->fail(destination, isMissing(outcome.error()));
      }
      self->context->doorway().call(lookCall(testCall(*self->context, self->checked.bucket, destination), destination),
                                    [self, &destination](const dispatch::CallOutcome& looked) {
                                      self->fail(destination, !looked.ok() && isMissing(looked.error()));
                                    });
    });
  }

  void fail(const Destination& destination, bool missing) {
    failed.emplace_back(destination.arn, reasonOf(missing, destination));
    go();
  }

  void keep() {
    auto self = shared_from_this();
    context->transact<Put::Output>(
        [self](Context& inner) -> Result<Put::Output> {
          TRY_ASSIGN(proto::Bucket bucket, requireBucket(inner.transaction(), self->checked.bucket.name()));
          (*bucket.mutable_configurations())["Notification"] = self->checked.configuration.write();
          kBuckets.put(inner.transaction(), bucket, bucket.name());
          return Put::Output{};
        },
        [self](Result<Put::Output> result) {
          if (!result.ok()) return self->respond(std::move(result).error());
          self->respond(dispatch::Reply<Put::Output>(std::move(result).value()));
        });
  }
};

void put(std::shared_ptr<dispatch::AsyncContext> context, Put::Input input, dispatch::Responder<Put::Output> respond) {
  context->transact<Checked>([input](Context& inner) { return check(inner, input); },
                             [context, respond](Result<Checked> checked) {
                               if (!checked.ok()) return respond(std::move(checked).error());
                               std::make_shared<Validation>(context, respond, std::move(checked).value())->go();
                             });
}

Result<api::GetBucketNotificationConfiguration::Output> get(
    Context& context, const api::GetBucketNotificationConfiguration::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Json value = configuration(bucket, "Notification");
  if (value.isNull()) value = Json::object();
  return shapes::fromJson<api::GetBucketNotificationConfiguration::Output>(value);
}

}  // namespace

void registerNotifications(dispatch::Registry& registry) {
  registry.addAsynchronous<Put>(put);
  registry.add<api::GetBucketNotificationConfiguration>(get);
}

}  // namespace thimble::services::s3
