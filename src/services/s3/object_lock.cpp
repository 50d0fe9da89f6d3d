#include "services/s3/object_lock.h"

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

constexpr std::int64_t kDay = 86400000;

base::ApiError wrongMode(const std::string& name, const std::string& value) {
  return invalidArgument("Unknown wormMode directive.", name, value);
}

Result<proto::Bucket> lockedBucket(Context& context, const std::string& name, const std::optional<std::string>& owner) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), name, owner));
  if (!bucket.object_lock()) return invalidRequest("Bucket is missing Object Lock Configuration");
  return bucket;
}

// Retention and holds are asked of delete markers too, which have none.
Result<proto::ObjectVersion> lockedObject(Context& context, const proto::Bucket& bucket, const std::string& key,
                                          const std::optional<std::string>& version_id, const std::string& method) {
  auto newest = newestVersion(context.transaction(), bucket.name(), key);
  if (!version_id && newest && newest->delete_marker()) return methodNotAllowedOnMarker(method);
  return requireObject(context.transaction(), bucket, key, version_id, method);
}

Result<api::PutObjectLockConfiguration::Output> putConfiguration(Context& context,
                                                                 const api::PutObjectLockConfiguration::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (bucket.versioning() != "Enabled") {
    return base::ApiError{"InvalidBucketState",
                          "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409};
  }
  const auto& configuration = input.ObjectLockConfiguration_;
  if (!configuration || configuration->ObjectLockEnabled_ != "Enabled") return malformedXml();
  if (configuration->Rule_) {
    const auto& retention = configuration->Rule_->DefaultRetention_;
    if (!retention || !retention->Mode_) return malformedXml();
    if (retention->Days_.has_value() == retention->Years_.has_value()) return malformedXml();
    if (*retention->Mode_ != "GOVERNANCE" && *retention->Mode_ != "COMPLIANCE") return malformedXml();
    if (retention->Days_.value_or(1) < 1 || retention->Years_.value_or(1) < 1) {
      return invalidArgument("Default retention period must be a positive integer value.", "Days", "0");
    }
  }
  bucket.set_object_lock(true);
  (*bucket.mutable_configurations())["ObjectLock"] = toJson(*configuration).write();
  kBuckets.put(context.transaction(), bucket, bucket.name());
  return api::PutObjectLockConfiguration::Output{};
}

Result<api::GetObjectLockConfiguration::Output> getConfiguration(Context& context,
                                                                 const api::GetObjectLockConfiguration::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (!bucket.object_lock()) {
    return noSuchConfiguration("ObjectLockConfigurationNotFoundError",
                               "Object Lock configuration does not exist for this bucket", bucket.name());
  }
  Json value = configuration(bucket, "ObjectLock");
  if (value.isNull()) value = Json::object({{"ObjectLockEnabled", "Enabled"}});
  return shapes::fromJson<api::GetObjectLockConfiguration::Output>(
      Json::object({{"ObjectLockConfiguration", std::move(value)}}));
}

Result<api::PutObjectRetention::Output> putRetention(Context& context, const api::PutObjectRetention::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, lockedBucket(context, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, lockedObject(context, bucket, input.Key_, input.VersionId_, "PUT"));
  const auto retention = input.Retention_.value_or(api::ObjectLockRetention{});
  if (retention.Mode_.has_value() != retention.RetainUntilDate_.has_value()) return malformedXml();
  if (retention.Mode_ && *retention.Mode_ != "GOVERNANCE" && *retention.Mode_ != "COMPLIANCE") return malformedXml();
  if (retention.RetainUntilDate_ && *retention.RetainUntilDate_ < context.now()) {
    return invalidArgument("The retain until date must be in the future!", "RetainUntilDate",
                           base::formatIso8601Milliseconds(*retention.RetainUntilDate_));
  }
  // A lock that holds may be made longer by anyone, and shortened only as GOVERNANCE with the bypass.
  const bool holds = !object.lock_mode().empty() && object.retain_until() > context.now().milliseconds;
  const bool longer = retention.RetainUntilDate_ && retention.RetainUntilDate_->milliseconds >= object.retain_until() &&
                      retention.Mode_ == object.lock_mode();
  if (holds && !longer) {
    const bool bypass = object.lock_mode() == "GOVERNANCE" && input.BypassGovernanceRetention_.value_or(false);
    if (!bypass) return accessDenied("Access Denied because object protected by object lock.");
  }
  object.set_lock_mode(retention.Mode_.value_or(""));
  object.set_retain_until(retention.RetainUntilDate_ ? retention.RetainUntilDate_->milliseconds : 0);
  updateVersion(context.transaction(), bucket.name(), object);
  return api::PutObjectRetention::Output{};
}

base::ApiError noSuchLock() {
  return {"NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404};
}

Result<api::GetObjectRetention::Output> getRetention(Context& context, const api::GetObjectRetention::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, lockedBucket(context, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, lockedObject(context, bucket, input.Key_, input.VersionId_, "GET"));
  if (object.lock_mode().empty()) return noSuchLock();
  api::GetObjectRetention::Output output;
  output.Retention_.emplace();
  output.Retention_->Mode_ = object.lock_mode();
  output.Retention_->RetainUntilDate_ = base::Timestamp{object.retain_until()};
  return output;
}

Result<api::PutObjectLegalHold::Output> putLegalHold(Context& context, const api::PutObjectLegalHold::Input& input) {
  if (!input.LegalHold_ || (input.LegalHold_->Status_ != "ON" && input.LegalHold_->Status_ != "OFF")) {
    return malformedXml();
  }
  TRY_ASSIGN(proto::Bucket bucket, lockedBucket(context, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, lockedObject(context, bucket, input.Key_, input.VersionId_, "PUT"));
  object.set_legal_hold(input.LegalHold_->Status_ == "ON");
  updateVersion(context.transaction(), bucket.name(), object);
  return api::PutObjectLegalHold::Output{};
}

Result<api::GetObjectLegalHold::Output> getLegalHold(Context& context, const api::GetObjectLegalHold::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, lockedBucket(context, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, lockedObject(context, bucket, input.Key_, input.VersionId_, "GET"));
  api::GetObjectLegalHold::Output output;
  output.LegalHold_.emplace();
  output.LegalHold_->Status_ = object.legal_hold() ? "ON" : "OFF";
  return output;
}

}  // namespace

Result<void> applyLock(const LockRequest& request, const proto::Bucket& bucket, base::Timestamp now,
                       proto::ObjectVersion& object) {
  const bool asked = request.mode || request.retain_until || request.legal_hold;
  if (asked && !bucket.object_lock()) return invalidRequest("Bucket is missing Object Lock Configuration");
  if (request.mode.has_value() != request.retain_until.has_value()) {
    return base::ApiError{
        "InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied", 400,
        Json::object(
            {{"ArgumentName", request.mode ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode"}})};
  }
  if (request.mode) {
    if (*request.mode != "GOVERNANCE" && *request.mode != "COMPLIANCE") {
      return wrongMode("x-amz-object-lock-mode", *request.mode);
    }
    if (*request.retain_until < now) {
      return invalidArgument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date",
                             base::formatIso8601Milliseconds(*request.retain_until));
    }
    object.set_lock_mode(*request.mode);
    object.set_retain_until(request.retain_until->milliseconds);
  } else {
    const Json retention = configuration(bucket, "ObjectLock")["Rule"]["DefaultRetention"];
    if (retention.isObject()) {
      const std::int64_t days = retention["Days"].isInt()    ? retention["Days"].asInt()
                                : retention["Years"].isInt() ? retention["Years"].asInt() * 365
                                                             : 0;
      object.set_lock_mode(retention.stringAt("Mode"));
      object.set_retain_until(now.milliseconds + days * kDay);
    }
  }
  if (request.legal_hold) {
    if (*request.legal_hold != "ON" && *request.legal_hold != "OFF") {
      return invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold",
                             *request.legal_hold);
    }
    object.set_legal_hold(*request.legal_hold == "ON");
  }
  return {};
}

Result<void> checkRemovable(const proto::ObjectVersion& object, base::Timestamp now, bool bypass_governance) {
  const base::ApiError locked = accessDenied("Access Denied because object protected by object lock.");
  if (object.legal_hold()) return locked;
  if (object.lock_mode().empty() || object.retain_until() <= now.milliseconds) return {};
  if (object.lock_mode() == "GOVERNANCE" && bypass_governance) return {};
  return locked;
}

void registerObjectLock(dispatch::Registry& registry) {
  registry.add<api::PutObjectLockConfiguration>(putConfiguration);
  registry.add<api::GetObjectLockConfiguration>(getConfiguration);
  registry.add<api::PutObjectRetention>(putRetention);
  registry.add<api::GetObjectRetention>(getRetention);
  registry.add<api::PutObjectLegalHold>(putLegalHold);
  registry.add<api::GetObjectLegalHold>(getLegalHold);
}

}  // namespace thimble::services::s3
