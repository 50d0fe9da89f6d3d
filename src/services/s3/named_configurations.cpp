// Configurations of which a bucket has many, each under an id: metrics, analytics, inventory, intelligent tiering. They
// are kept and shown. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html and
// others
#include <algorithm>
#include <map>
#include <set>

#include "services/s3/configurations.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

constexpr std::size_t kPageSize = 100;

base::ApiError noSuchNamedConfiguration() {
  return {"NoSuchConfiguration", "The specified configuration does not exist.", 404};
}

std::string nameOf(const std::string& kind, const std::string& id) {
  return kind + "/" + id;
}

Result<void> check(const std::string& id, const api::InventoryConfiguration& configuration) {
  static const std::set<std::string, std::less<>> kFields = {"Size",
                                                             "LastModifiedDate",
                                                             "StorageClass",
                                                             "ETag",
                                                             "IsMultipartUploaded",
                                                             "ReplicationStatus",
                                                             "EncryptionStatus",
                                                             "ObjectLockRetainUntilDate",
                                                             "ObjectLockMode",
                                                             "ObjectLockLegalHoldStatus",
                                                             "IntelligentTieringAccessTier",
                                                             "BucketKeyStatus",
                                                             "ChecksumAlgorithm",
                                                             "ObjectAccessControlList",
                                                             "ObjectOwner",
                                                             "LifecycleExpirationDate"};
  const auto& destination = configuration.Destination_.S3BucketDestination_;
  const std::string& format = destination.Format_;
  const std::string& frequency = configuration.Schedule_.Frequency_;
  const std::string& versions = configuration.IncludedObjectVersions_;
  const bool fields = !configuration.OptionalFields_ ||
                      std::all_of(configuration.OptionalFields_->begin(), configuration.OptionalFields_->end(),
                                  [](const std::string& field) { return kFields.contains(field); });
  if ((format != "CSV" && format != "ORC" && format != "Parquet") || (frequency != "Daily" && frequency != "Weekly") ||
      (versions != "All" && versions != "Current") || !fields) {
    return malformedXml();
  }
  if (configuration.Id_ != id) {
    return base::ApiError{"IdMismatch", "Document ID does not match the specified configuration ID.", 400};
  }
  if (!destination.Bucket_.starts_with("arn:aws:s3:::")) {
    return base::ApiError{"InvalidS3DestinationBucket", "Invalid bucket ARN.", 400};
  }
  return {};
}

Result<void> check(const std::string& id, const api::IntelligentTieringConfiguration& configuration) {
  const bool status = configuration.Status_ == "Enabled" || configuration.Status_ == "Disabled";
  if (configuration.Id_ != id || !status || configuration.Tierings_.empty()) return malformedXml();
  for (const auto& tiering : configuration.Tierings_) {
    if (tiering.AccessTier_ != "ARCHIVE_ACCESS" && tiering.AccessTier_ != "DEEP_ARCHIVE_ACCESS") return malformedXml();
  }
  return {};
}

template <class Configuration>
Result<void> check(const std::string& id, const Configuration& configuration) {
  if (configuration.Id_ != id) return malformedXml();
  return {};
}

/// Registers the four operations of a kind. `member` and `list` are its members of the outputs.
template <class Put, class Get, class Delete, class List, class Taken>
void addKind(dispatch::Registry& registry, const std::string& kind, Taken taken) {
  const std::string member = kind + "Configuration";
  registry.add<Put>(
      [=](Context& context, const typename Put::Input& input) -> Result<dispatch::Reply<typename Put::Output>> {
        TRY(requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
        TRY(check(input.Id_, taken(input)));
        TRY(keepConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, nameOf(kind, input.Id_),
                              toJson(taken(input))));
        dispatch::Reply<typename Put::Output> reply{typename Put::Output{}};
        reply.http_status = 204;
        return reply;
      });
  registry.add<Get>([=](Context& context, const typename Get::Input& input) -> Result<typename Get::Output> {
    TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
    Json value = configuration(bucket, nameOf(kind, input.Id_));
    if (value.isNull()) return noSuchNamedConfiguration();
    return shapes::fromJson<typename Get::Output>(Json::object({{member, std::move(value)}}));
  });
  registry.add<Delete>([=](Context& context, const typename Delete::Input& input) -> Result<typename Delete::Output> {
    TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
    if (configuration(bucket, nameOf(kind, input.Id_)).isNull()) return noSuchNamedConfiguration();
    TRY(dropConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, nameOf(kind, input.Id_)));
    return typename Delete::Output{};
  });
  registry.add<List>([=](Context& context, const typename List::Input& input) -> Result<typename List::Output> {
    TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
    std::map<std::string, Json> sorted;
    for (const auto& [name, value] : bucket.configurations()) {
      if (name.starts_with(kind + "/")) sorted[name] = configuration(bucket, name);
    }
    Json listed = Json::array();
    Json output = Json::object({{"IsTruncated", false}});
    for (const auto& [name, value] : sorted) {
      if (input.ContinuationToken_ && name <= nameOf(kind, *input.ContinuationToken_)) continue;
      if (listed.size() == kPageSize) {
        output.set("IsTruncated", true);
        output.set("NextContinuationToken", listed[kPageSize - 1].stringAt("Id"));
        break;
      }
      listed.push(value);
    }
    if (input.ContinuationToken_) output.set("ContinuationToken", *input.ContinuationToken_);
    if (!listed.empty()) output.set(member + "List", std::move(listed));
    return shapes::fromJson<typename List::Output>(output);
  });
}

}  // namespace

void registerNamedConfigurations(dispatch::Registry& registry) {
  addKind<api::PutBucketMetricsConfiguration, api::GetBucketMetricsConfiguration, api::DeleteBucketMetricsConfiguration,
          api::ListBucketMetricsConfigurations>(registry, "Metrics",
                                                [](const auto& input) { return input.MetricsConfiguration_; });
  addKind<api::PutBucketAnalyticsConfiguration, api::GetBucketAnalyticsConfiguration,
          api::DeleteBucketAnalyticsConfiguration, api::ListBucketAnalyticsConfigurations>(
      registry, "Analytics", [](const auto& input) { return input.AnalyticsConfiguration_; });
  addKind<api::PutBucketInventoryConfiguration, api::GetBucketInventoryConfiguration,
          api::DeleteBucketInventoryConfiguration, api::ListBucketInventoryConfigurations>(
      registry, "Inventory", [](const auto& input) { return input.InventoryConfiguration_; });
  addKind<api::PutBucketIntelligentTieringConfiguration, api::GetBucketIntelligentTieringConfiguration,
          api::DeleteBucketIntelligentTieringConfiguration, api::ListBucketIntelligentTieringConfigurations>(
      registry, "IntelligentTiering", [](const auto& input) { return input.IntelligentTieringConfiguration_; });
}

}  // namespace thimble::services::s3
