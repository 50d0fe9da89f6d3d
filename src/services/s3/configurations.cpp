// Configurations of a bucket that are kept and shown: CORS, encryption, lifecycle, ownership, public access, tags, ...
#include "services/s3/configurations.h"

#include <algorithm>

#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycle_pass.h"
#include "services/s3/operations.h"
#include "services/s3/tags.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

Result<void> checkWildcards(const std::vector<std::string>& patterns, const std::string& member) {
  for (const std::string& pattern : patterns) {
    if (std::count(pattern.begin(), pattern.end(), '*') > 1) {
      return invalidRequest(member + " \"" + pattern + "\" can not have more than one wildcard.");
    }
  }
  return {};
}

Result<api::PutBucketCors::Output> putBucketCors(Context& context, const api::PutBucketCors::Input& input) {
  const auto& rules = input.CORSConfiguration_.CORSRules_;
  if (rules.empty() || rules.size() > 100) return malformedXml();
  for (const auto& rule : rules) {
    if (rule.AllowedMethods_.empty() || rule.AllowedOrigins_.empty()) return malformedXml();
    for (const std::string& method : rule.AllowedMethods_) {
      if (method != "GET" && method != "PUT" && method != "POST" && method != "DELETE" && method != "HEAD") {
        return invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + method);
      }
    }
    TRY(checkWildcards(rule.AllowedOrigins_, "AllowedOrigin"));
    TRY(checkWildcards(rule.AllowedHeaders_.value_or(std::vector<std::string>()), "AllowedHeader"));
  }
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Cors", toJson(input.CORSConfiguration_)));
  return api::PutBucketCors::Output{};
}

constexpr std::string_view kDefaultEncryption =
    R"({"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false}]})";

Result<api::GetBucketEncryption::Output> getBucketEncryption(Context& context,
                                                             const api::GetBucketEncryption::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Json value = configuration(bucket, "Encryption");
  if (value.isNull()) value = std::move(Json::parse(kDefaultEncryption)).value();
  return shapes::fromJson<api::GetBucketEncryption::Output>(
      Json::object({{"ServerSideEncryptionConfiguration", std::move(value)}}));
}

Result<api::PutBucketEncryption::Output> putBucketEncryption(Context& context,
                                                             const api::PutBucketEncryption::Input& input) {
  TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  auto configuration = input.ServerSideEncryptionConfiguration_;
  if (configuration.Rules_.size() != 1) return malformedXml();
  auto& rule = configuration.Rules_.front();
  if (!rule.ApplyServerSideEncryptionByDefault_) return malformedXml();
  const auto& chosen = *rule.ApplyServerSideEncryptionByDefault_;
  if (chosen.SSEAlgorithm_ != "AES256" && chosen.SSEAlgorithm_ != "aws:kms" && chosen.SSEAlgorithm_ != "aws:kms:dsse") {
    return malformedXml();
  }
  if (chosen.SSEAlgorithm_ == "AES256" && chosen.KMSMasterKeyID_) {
    return base::ApiError{
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse", 400,
        Json::object({{"ArgumentName", "ApplyServerSideEncryptionByDefault"}})};
  }
  if (!rule.BucketKeyEnabled_) rule.BucketKeyEnabled_ = false;
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Encryption", toJson(configuration)));
  return api::PutBucketEncryption::Output{};
}

Result<void> checkLifecycleRule(const api::LifecycleRule& rule) {
  if (rule.Status_ != "Enabled" && rule.Status_ != "Disabled") return malformedXml();
  if (!rule.Filter_ && !rule.Prefix_) return malformedXml();
  if (!rule.Expiration_ && !rule.NoncurrentVersionExpiration_ && !rule.AbortIncompleteMultipartUpload_ &&
      !rule.Transitions_ && !rule.NoncurrentVersionTransitions_) {
    return invalidRequest("At least one action needs to be specified in a rule");
  }
  if (rule.Expiration_) {
    const auto& expiration = *rule.Expiration_;
    int ways =
        (expiration.Date_ ? 1 : 0) + (expiration.Days_ ? 1 : 0) + (expiration.ExpiredObjectDeleteMarker_ ? 1 : 0);
    if (ways != 1) return malformedXml();
    if (expiration.Date_ && expiration.Date_->milliseconds % 86400000 != 0) {
      return invalidArgument("'Date' must be at midnight GMT", "Date",
                             base::formatIso8601Milliseconds(*expiration.Date_));
    }
    if (expiration.Days_ && *expiration.Days_ < 1) {
      return invalidArgument("'Days' for Expiration action must be a positive integer", "Days",
                             std::to_string(*expiration.Days_));
    }
  }
  if (rule.NoncurrentVersionExpiration_ && !rule.NoncurrentVersionExpiration_->NoncurrentDays_ &&
      !rule.NoncurrentVersionExpiration_->NewerNoncurrentVersions_) {
    return malformedXml();
  }
  if (rule.Filter_) {
    const auto& filter = *rule.Filter_;
    int ways = (filter.Prefix_ ? 1 : 0) + (filter.Tag_ ? 1 : 0) + (filter.And_ ? 1 : 0) +
               (filter.ObjectSizeGreaterThan_ ? 1 : 0) + (filter.ObjectSizeLessThan_ ? 1 : 0);
    if (ways > 1) return malformedXml();
    if (filter.And_ && filter.And_->Tags_) {
      const auto& tags = *filter.And_->Tags_;
      for (std::size_t i = 0; i < tags.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (tags[i].Key_ == tags[j].Key_) return invalidRequest("Duplicate Tag Keys are not allowed.");
        }
      }
    }
  }
  return {};
}

Result<api::PutBucketLifecycleConfiguration::Output> putLifecycle(
    Context& context, const api::PutBucketLifecycleConfiguration::Input& input) {
  TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (!input.LifecycleConfiguration_ || input.LifecycleConfiguration_->Rules_.empty()) return malformedXml();
  auto configuration = *input.LifecycleConfiguration_;
  for (std::size_t i = 0; i < configuration.Rules_.size(); ++i) {
    auto& rule = configuration.Rules_[i];
    TRY(checkLifecycleRule(rule));
    if (!rule.ID_) rule.ID_ = context.random().uuid();
    for (std::size_t j = 0; j < i; ++j) {
      if (configuration.Rules_[j].ID_ == rule.ID_) {
        return invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", *rule.ID_);
      }
    }
  }
  Json value = toJson(configuration);
  std::string size = input.TransitionDefaultMinimumObjectSize_.value_or("all_storage_classes_128K");
  if (size != "all_storage_classes_128K" && size != "varies_by_storage_class") {
    return invalidRequest("Invalid TransitionDefaultMinimumObjectSize found: " + size);
  }
  value.set("TransitionDefaultMinimumObjectSize", size);
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Lifecycle", value));
  awaitMidnight(context, input.Bucket_);
  api::PutBucketLifecycleConfiguration::Output output;
  output.TransitionDefaultMinimumObjectSize_ = size;
  return output;
}

Result<api::PutBucketOwnershipControls::Output> putOwnership(Context& context,
                                                             const api::PutBucketOwnershipControls::Input& input) {
  const auto& rules = input.OwnershipControls_.Rules_;
  if (rules.size() != 1) return malformedXml();
  const std::string& ownership = rules[0].ObjectOwnership_;
  if (ownership != "BucketOwnerPreferred" && ownership != "ObjectWriter" && ownership != "BucketOwnerEnforced") {
    return malformedXml();
  }
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "OwnershipControls",
                        toJson(input.OwnershipControls_)));
  return api::PutBucketOwnershipControls::Output{};
}

Result<api::PutPublicAccessBlock::Output> putPublicAccessBlock(Context& context,
                                                               const api::PutPublicAccessBlock::Input& input) {
  auto block = input.PublicAccessBlockConfiguration_;
  if (!block.BlockPublicAcls_ && !block.IgnorePublicAcls_ && !block.BlockPublicPolicy_ &&
      !block.RestrictPublicBuckets_) {
    return invalidRequest("Must specify at least one configuration.");
  }
  for (auto* flag :
       {&block.BlockPublicAcls_, &block.IgnorePublicAcls_, &block.BlockPublicPolicy_, &block.RestrictPublicBuckets_}) {
    *flag = flag->value_or(false);
  }
  TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "PublicAccessBlock", toJson(block)));
  return api::PutPublicAccessBlock::Output{};
}

Result<dispatch::Reply<api::PutBucketTagging::Output>> putBucketTagging(Context& context,
                                                                        const api::PutBucketTagging::Input& input) {
  TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(Json tags, checkedBucketTags(input.Tagging_.TagSet_));
  if (input.Tagging_.TagSet_.empty()) {
    TRY(dropConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Tagging"));
  } else {
    TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, "Tagging", tags));
  }
  dispatch::Reply<api::PutBucketTagging::Output> reply{api::PutBucketTagging::Output{}};
  reply.http_status = 204;
  return reply;
}

}  // namespace

Result<void> keepConfiguration(Context& context, const std::string& name, const std::optional<std::string>& owner,
                               const std::string& configuration, const Json& value) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), name, owner));
  (*bucket.mutable_configurations())[configuration] = value.write();
  kBuckets.put(context.transaction(), bucket, name);
  return {};
}

Result<void> dropConfiguration(Context& context, const std::string& name, const std::optional<std::string>& owner,
                               const std::string& configuration) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), name, owner));
  bucket.mutable_configurations()->erase(configuration);
  kBuckets.put(context.transaction(), bucket, name);
  return {};
}

void registerConfigurations(dispatch::Registry& registry) {
  registry.add<api::PutBucketCors>(putBucketCors);
  addGet<api::GetBucketCors>(registry, "Cors", "", "NoSuchCORSConfiguration", "The CORS configuration does not exist");
  addDelete<api::DeleteBucketCors>(registry, "Cors");
  registry.add<api::PutBucketEncryption>(putBucketEncryption);
  registry.add<api::GetBucketEncryption>(getBucketEncryption);
  addDelete<api::DeleteBucketEncryption>(registry, "Encryption");
  registry.add<api::PutBucketLifecycleConfiguration>(putLifecycle);
  addGet<api::GetBucketLifecycleConfiguration>(registry, "Lifecycle", "", "NoSuchLifecycleConfiguration",
                                               "The lifecycle configuration does not exist");
  addDelete<api::DeleteBucketLifecycle>(registry, "Lifecycle");
  registry.add<api::PutBucketOwnershipControls>(putOwnership);
  addGet<api::GetBucketOwnershipControls>(registry, "OwnershipControls", "OwnershipControls",
                                          "OwnershipControlsNotFoundError",
                                          "The bucket ownership controls were not found");
  addDelete<api::DeleteBucketOwnershipControls>(registry, "OwnershipControls");
  registry.add<api::PutPublicAccessBlock>(putPublicAccessBlock);
  addGet<api::GetPublicAccessBlock>(registry, "PublicAccessBlock", "PublicAccessBlockConfiguration",
                                    "NoSuchPublicAccessBlockConfiguration",
                                    "The public access block configuration was not found");
  addDelete<api::DeletePublicAccessBlock>(registry, "PublicAccessBlock");
  registry.add<api::PutBucketTagging>(putBucketTagging);
  addGet<api::GetBucketTagging>(registry, "Tagging", "", "NoSuchTagSet", "The TagSet does not exist");
  addDelete<api::DeleteBucketTagging>(registry, "Tagging");
}

}  // namespace thimble::services::s3
