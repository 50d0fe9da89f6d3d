// Transfer acceleration, request payment, website, replication, logging: settings of which most change nothing here.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html and the pages beside it
#include "services/s3/configurations.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

constexpr std::size_t kMostRoutingRules = 50;

Result<api::PutBucketAccelerateConfiguration::Output> putAcceleration(
    Context& context, const api::PutBucketAccelerateConfiguration::Input& input) {
  TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (input.Bucket_.find('.') != std::string::npos) {
    return invalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
  }
  const std::string status = input.AccelerateConfiguration_.Status_.value_or("");
  if (status != "Enabled" && status != "Suspended") return malformedXml();
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Accelerate",
                        Json::object({{"Status", status}})));
  return api::PutBucketAccelerateConfiguration::Output{};
}

Result<api::PutBucketRequestPayment::Output> putRequestPayment(Context& context,
                                                               const api::PutBucketRequestPayment::Input& input) {
  const std::string& payer = input.RequestPaymentConfiguration_.Payer_;
  if (payer != "BucketOwner" && payer != "Requester") return malformedXml();
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "RequestPayment",
                        Json::object({{"Payer", payer}})));
  return api::PutBucketRequestPayment::Output{};
}

Result<api::GetBucketRequestPayment::Output> getRequestPayment(Context& context,
                                                               const api::GetBucketRequestPayment::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  api::GetBucketRequestPayment::Output output;
  output.Payer_ = configuration(bucket, "RequestPayment").stringAt("Payer", "BucketOwner");
  return output;
}

Result<void> checkProtocol(const std::optional<std::string>& protocol) {
  if (!protocol || *protocol == "http" || *protocol == "https") return {};
  return invalidRequest(
      "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
}

Result<void> checkWebsite(const api::WebsiteConfiguration& website) {
  if (website.RedirectAllRequestsTo_) {
    if (website.IndexDocument_ || website.ErrorDocument_ || website.RoutingRules_) {
      return invalidArgument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                             "RedirectAllRequestsTo", "not null");
    }
    return checkProtocol(website.RedirectAllRequestsTo_->Protocol_);
  }
  if (!website.IndexDocument_) {
    return invalidArgument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                           "IndexDocument", "null");
  }
  const std::string& suffix = website.IndexDocument_->Suffix_;
  if (suffix.empty() || suffix.find('/') != std::string::npos) {
    return invalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix);
  }
  if (website.ErrorDocument_ && website.ErrorDocument_->Key_.empty()) return malformedXml();
  if (!website.RoutingRules_) return {};
  if (website.RoutingRules_->empty() || website.RoutingRules_->size() > kMostRoutingRules) return malformedXml();
  for (const auto& rule : *website.RoutingRules_) {
    if (rule.Redirect_.ReplaceKeyPrefixWith_ && rule.Redirect_.ReplaceKeyWith_) {
      return invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
    }
    if (rule.Condition_ && !rule.Condition_->HttpErrorCodeReturnedEquals_ && !rule.Condition_->KeyPrefixEquals_) {
      return invalidRequest(
          "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't "
          "be present.");
    }
    TRY(checkProtocol(rule.Redirect_.Protocol_));
  }
  return {};
}

Result<api::PutBucketWebsite::Output> putWebsite(Context& context, const api::PutBucketWebsite::Input& input) {
  TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY(checkWebsite(input.WebsiteConfiguration_));
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Website",
                        toJson(input.WebsiteConfiguration_)));
  return api::PutBucketWebsite::Output{};
}

Result<api::PutBucketReplication::Output> putReplication(Context& context,
                                                         const api::PutBucketReplication::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (bucket.versioning() != "Enabled") {
    return invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  }
  auto configuration = input.ReplicationConfiguration_;
  if (configuration.Rules_.empty()) return malformedXml();
  bool enabled = false;
  for (auto& rule : configuration.Rules_) {
    if (rule.Status_ != "Enabled" && rule.Status_ != "Disabled") return malformedXml();
    enabled = enabled || rule.Status_ == "Enabled";
    const std::string& arn = rule.Destination_.Bucket_;
    const auto destination = kBuckets.get(context.transaction(), arn.substr(arn.rfind(':') + 1));
    if (!destination || destination->versioning() != "Enabled") {
      return invalidRequest("Destination bucket must have versioning enabled.");
    }
    if (!rule.ID_) rule.ID_ = context.random().uuid();
  }
  // A rule that is not in force replicates nothing on AWS either.
  if (enabled) return notImplemented("replication, so no rule of it can be enabled");
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Replication", toJson(configuration)));
  return api::PutBucketReplication::Output{};
}

Result<api::PutBucketLogging::Output> putLogging(Context& context, const api::PutBucketLogging::Input& input) {
  TRY_ASSIGN(const proto::Bucket source,
             requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  const auto& logging = input.BucketLoggingStatus_.LoggingEnabled_;
  if (!logging) return api::PutBucketLogging::Output{};
  const auto target = kBuckets.get(context.transaction(), logging->TargetBucket_);
  if (!target) {
    return base::ApiError{"InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400,
                          Json::object({{"TargetBucket", logging->TargetBucket_}})};
  }
  if (target->region() != source.region()) {
    Json details = Json::object({{"TargetBucketLocation", target->region()}});
    if (source.region() != "us-east-1") details.set("SourceBucketLocation", source.region());
    return base::ApiError{"CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ", 403, details};
  }
  return notImplemented("the server access logs of buckets");
}

}  // namespace

void registerBucketSettings(dispatch::Registry& registry) {
  registry.add<api::PutBucketAccelerateConfiguration>(putAcceleration);
  addGet<api::GetBucketAccelerateConfiguration>(registry, "Accelerate", "", "", "");
  registry.add<api::PutBucketRequestPayment>(putRequestPayment);
  registry.add<api::GetBucketRequestPayment>(getRequestPayment);
  registry.add<api::PutBucketWebsite>(putWebsite);
  addGet<api::GetBucketWebsite>(registry, "Website", "", "NoSuchWebsiteConfiguration",
                                "The specified bucket does not have a website configuration");
  addDelete<api::DeleteBucketWebsite>(registry, "Website");
  registry.add<api::PutBucketReplication>(putReplication);
  addGet<api::GetBucketReplication>(registry, "Replication", "ReplicationConfiguration",
                                    "ReplicationConfigurationNotFoundError",
                                    "The replication configuration was not found");
  addDelete<api::DeleteBucketReplication>(registry, "Replication");
  registry.add<api::PutBucketLogging>(putLogging);
  addGet<api::GetBucketLogging>(registry, "Logging", "", "", "");
}

}  // namespace thimble::services::s3
