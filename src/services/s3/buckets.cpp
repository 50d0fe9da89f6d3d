// CreateBucket, DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation, and versioning.
#include <algorithm>

#include "base/encoding.h"
#include "services/s3/acl.h"
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/operations.h"
#include "services/s3/tags.h"
#include "wire/shapes/model.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
bool validBucketName(const std::string& name) {
  if (name.size() < 3 || name.size() > 63) return false;
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!plain(name.front()) || !plain(name.back())) return false;
  bool address = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (!plain(c) && c != '-' && c != '.') return false;
    if (c == '.' && name[i - 1] == '.') return false;
    address = address && (c == '.' || (c >= '0' && c <= '9'));
  }
  if (address && std::count(name.begin(), name.end(), '.') == 3) return false;
  return !name.starts_with("xn--") && !name.ends_with("-s3alias");
}

bool knownRegion(const std::string& region) {
  const shapes::Shape* constraints = nullptr;
  const shapes::Operation* location = shapes::findService("s3")->findOperation("GetBucketLocation");
  if (const auto* member = location->output->findMember("LocationConstraint")) constraints = member->shape;
  if (!constraints) return false;
  const auto& values = constraints->enumeration;
  return std::find(values.begin(), values.end(), region) != values.end();
}

Result<api::CreateBucket::Output> createBucket(Context& context, const api::CreateBucket::Input& input) {
  const std::string& name = input.Bucket_;
  if (!validBucketName(name)) return invalidBucketName(name);
  std::string region = context.region();
  std::string constraint;
  if (input.CreateBucketConfiguration_) constraint = input.CreateBucketConfiguration_->LocationConstraint_.value_or("");
  if (!constraint.empty()) {
    if (constraint != "EU" && !knownRegion(constraint)) {
      return base::ApiError{"InvalidLocationConstraint", "The specified location-constraint is not valid", 400,
                            base::Json::object({{"LocationConstraint", constraint}})};
    }
    std::string wanted = constraint == "EU" ? "eu-west-1" : constraint;
    if (region != "us-east-1" && wanted != region) {
      return base::ApiError{"IllegalLocationConstraintException",
                            "The " + constraint +
                                " location constraint is incompatible for the region specific endpoint this request "
                                "was sent to.",
                            400};
    }
    region = wanted;
  } else if (region != "us-east-1") {
    return base::ApiError{"IllegalLocationConstraintException",
                          "The unspecified location constraint is incompatible for the region specific endpoint this "
                          "request was sent to.",
                          400};
  }
  api::CreateBucket::Output output;
  output.Location_ = constraint.empty() ? "/" + name : "http://" + name + ".s3.amazonaws.com/";
  output.BucketArn_ = "arn:aws:s3:::" + name;
  if (auto existing = kBuckets.get(context.transaction(), name)) {
    if (existing->account() != context.account()) return bucketAlreadyExists(name);
    // In us-east-1 creating one's own bucket again succeeds, for historical reasons.
    if (region == "us-east-1" && existing->region() == region) return output;
    return bucketAlreadyOwnedByYou(name);
  }
  const std::string ownership = input.ObjectOwnership_.value_or("BucketOwnerEnforced");
  if (ownership != "BucketOwnerPreferred" && ownership != "ObjectWriter" && ownership != "BucketOwnerEnforced") {
    return base::ApiError{"InvalidArgument", "Invalid x-amz-object-ownership header: " + ownership, 400,
                          base::Json::object({{"ArgumentName", "x-amz-object-ownership"}})};
  }
  TRY_ASSIGN(const base::Json acl, requestedAcl(input, context.account()));
  const bool has_grants = !acl.isNull() && acl != privateAcl(context.account());
  if (has_grants && ownership == "BucketOwnerEnforced") {
    return base::ApiError{"InvalidBucketAclWithObjectOwnership",
                          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", 400};
  }
  proto::Bucket bucket;
  bucket.set_name(name);
  bucket.set_account(context.account());
  bucket.set_region(region);
  bucket.set_created(context.now().milliseconds);
  if (input.ObjectLockEnabledForBucket_.value_or(false)) {
    bucket.set_object_lock(true);
    bucket.set_versioning("Enabled");
  }
  auto& configurations = *bucket.mutable_configurations();
  configurations["OwnershipControls"] =
      base::Json::object({{"Rules", base::Json::array({base::Json::object({{"ObjectOwnership", ownership}})})}})
          .write();
  configurations["PublicAccessBlock"] =
      R"({"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true})";
  if (has_grants && !checkAclAllowed(bucket, acl).ok()) {
    return base::ApiError{"InvalidBucketAclWithBlockPublicAccessError",
                          "Bucket cannot have public ACLs set with BlockPublicAccess enabled", 400};
  }
  if (has_grants) configurations["Acl"] = acl.write();
  if (input.CreateBucketConfiguration_ && input.CreateBucketConfiguration_->Tags_) {
    TRY_ASSIGN(base::Json tags, checkedBucketTags(*input.CreateBucketConfiguration_->Tags_));
    configurations["Tagging"] = tags.write();
  }
  kBuckets.put(context.transaction(), bucket, name);
  return output;
}

Result<api::DeleteBucket::Output> deleteBucket(Context& context, const api::DeleteBucket::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (!kVersions.scan(context.transaction(), {.limit = 1}, input.Bucket_).empty())
    return bucketNotEmpty(input.Bucket_, !bucket.versioning().empty());
  for (const auto& row : kUploads.scan(context.transaction(), {}, input.Bucket_)) context.transaction().erase(row.key);
  for (const auto& row : kParts.scan(context.transaction(), {}, input.Bucket_)) context.transaction().erase(row.key);
  kBuckets.erase(context.transaction(), input.Bucket_);
  return api::DeleteBucket::Output{};
}

Result<api::HeadBucket::Output> headBucket(Context& context, const api::HeadBucket::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  api::HeadBucket::Output output;
  output.BucketArn_ = "arn:aws:s3:::" + bucket.name();
  output.BucketRegion_ = bucket.region();
  output.AccessPointAlias_ = false;
  return output;
}

Result<api::ListBuckets::Output> listBuckets(Context& context, const api::ListBuckets::Input& input) {
  api::ListBuckets::Output output;
  std::int64_t max = input.MaxBuckets_.value_or(10000);
  if (max < 1 || max > 10000) {
    return invalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets",
                           std::to_string(max));
  }
  std::string after;
  if (input.ContinuationToken_) {
    auto decoded = base::decodeBase64(*input.ContinuationToken_);
    if (!decoded) {
      return invalidArgument("The continuation token provided is incorrect", "continuation-token",
                             *input.ContinuationToken_);
    }
    after = *decoded;
  }
  output.Buckets_.emplace();
  output.Prefix_ = input.Prefix_;
  api::Owner owner;
  owner.ID_ = canonicalUser(context.account());
  output.Owner_ = owner;
  bool paged = input.MaxBuckets_ || input.ContinuationToken_ || input.Prefix_ || input.BucketRegion_;
  for (auto& row : kBuckets.scan(context.transaction(), {})) {
    const proto::Bucket& bucket = row.record;
    if (bucket.account() != context.account()) continue;
    if (!after.empty() && bucket.name() <= after) continue;
    if (input.Prefix_ && !bucket.name().starts_with(*input.Prefix_)) continue;
    if (input.BucketRegion_ && bucket.region() != *input.BucketRegion_) continue;
    if (static_cast<std::int64_t>(output.Buckets_->size()) == max) {
      output.ContinuationToken_ = base::encodeBase64(*output.Buckets_->back().Name_);
      break;
    }
    api::Bucket listed;
    listed.Name_ = bucket.name();
    listed.CreationDate_ = shownTime(bucket.created());
    listed.BucketArn_ = "arn:aws:s3:::" + bucket.name();
    if (paged) listed.BucketRegion_ = bucket.region();
    output.Buckets_->push_back(std::move(listed));
  }
  return output;
}

Result<api::GetBucketLocation::Output> getBucketLocation(Context& context, const api::GetBucketLocation::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  api::GetBucketLocation::Output output;
  if (bucket.region() != "us-east-1") output.LocationConstraint_ = bucket.region();
  return output;
}

Result<api::GetBucketVersioning::Output> getBucketVersioning(Context& context,
                                                             const api::GetBucketVersioning::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  api::GetBucketVersioning::Output output;
  if (!bucket.versioning().empty()) output.Status_ = bucket.versioning();
  return output;
}

Result<api::PutBucketVersioning::Output> putBucketVersioning(Context& context,
                                                             const api::PutBucketVersioning::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  const auto& status = input.VersioningConfiguration_.Status_;
  if (!status || status->empty()) {
    return base::ApiError{"IllegalVersioningConfigurationException", "The Versioning element must be specified", 400};
  }
  if (*status != "Enabled" && *status != "Suspended") return malformedXml();
  if (input.VersioningConfiguration_.MFADelete_ == "Enabled") return notImplemented("MFA delete");
  if (bucket.object_lock() && *status == "Suspended") {
    return base::ApiError{"InvalidBucketState",
                          "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
                          "changed.",
                          409};
  }
  bucket.set_versioning(*status);
  kBuckets.put(context.transaction(), bucket, bucket.name());
  return api::PutBucketVersioning::Output{};
}

}  // namespace

void registerBuckets(dispatch::Registry& registry) {
  registry.add<api::CreateBucket>(createBucket);
  registry.add<api::DeleteBucket>(deleteBucket);
  registry.add<api::HeadBucket>(headBucket);
  registry.add<api::ListBuckets>(listBuckets);
  registry.add<api::GetBucketLocation>(getBucketLocation);
  registry.add<api::GetBucketVersioning>(getBucketVersioning);
  registry.add<api::PutBucketVersioning>(putBucketVersioning);
}

}  // namespace thimble::services::s3
