// DeleteObject and DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/object_lock.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

constexpr std::size_t kMaxKeys = 1000;

struct Removed {
  std::optional<std::string> version_id;  ///< Of the version removed, or of the marker made.
  bool marker = false;                    ///< A marker was made, or the version removed was one.
  bool made = false;                      ///< A marker was made.
};

Result<Removed> removeOne(Context& context, const proto::Bucket& bucket, const std::string& key,
                          const std::optional<std::string>& version_id, bool bypass_governance) {
  store::Transaction& transaction = context.transaction();
  Removed removed;
  // 1. A version asked for by its id goes for good.
  if (version_id) {
    if (*version_id != "null" && version_id->size() != 32) {
      return invalidArgument("Invalid version id specified", "versionId", *version_id);
    }
    removed.version_id = version_id;
    auto version = findVersion(transaction, bucket.name(), key, *version_id);
    if (!version) return removed;
    TRY(checkRemovable(*version, context.now(), bypass_governance));
    removed.marker = version->delete_marker();
    removeVersion(transaction, bucket.name(), *version);
    notify(context, bucket, *version, "ObjectRemoved:Delete");
    return removed;
  }
  // 2. Without versioning there is only the "null" version.
  if (bucket.versioning().empty()) {
    if (auto version = findVersion(transaction, bucket.name(), key, "null")) {
      removeVersion(transaction, bucket.name(), *version);
      notify(context, bucket, *version, "ObjectRemoved:Delete");
    }
    return removed;
  }
  // 3. Else a delete marker becomes the newest; while versioning is suspended it takes the place of "null".
  proto::ObjectVersion marker;
  marker.set_key(key);
  marker.set_delete_marker(true);
  marker.set_version_id(newVersionId(bucket, context.random()));
  marker.set_modified(context.now().milliseconds);
  addVersion(transaction, bucket.name(), marker);
  notify(context, bucket, marker, "ObjectRemoved:DeleteMarkerCreated");
  removed.version_id = marker.version_id();
  removed.marker = removed.made = true;
  return removed;
}

Result<api::DeleteObject::Output> deleteObject(Context& context, const api::DeleteObject::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (input.IfMatchLastModifiedTime_) return notImplementedHeader("x-amz-if-match-last-modified-time");
  if (input.IfMatchSize_) return notImplementedHeader("x-amz-if-match-size");
  if (input.IfMatch_) {
    auto current = kCurrent.get(context.transaction(), bucket.name(), input.Key_);
    if (!current) return noSuchKey(input.Key_);
    if (!etagMatches(*input.IfMatch_, current->etag())) return preconditionFailed("If-Match");
  }
  bool bypass = input.BypassGovernanceRetention_.value_or(false);
  if (bypass && !bucket.object_lock()) {
    return invalidArgument("x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
                           "x-amz-bypass-governance-retention", "");
  }
  TRY_ASSIGN(Removed removed, removeOne(context, bucket, input.Key_, input.VersionId_, bypass));
  api::DeleteObject::Output output;
  output.VersionId_ = removed.version_id;
  if (removed.marker) output.DeleteMarker_ = true;
  return output;
}

api::Error failure(const api::ObjectIdentifier& object, const base::ApiError& error) {
  api::Error shown;
  shown.Key_ = object.Key_;
  shown.VersionId_ = object.VersionId_;
  shown.Code_ = error.code;
  shown.Message_ = error.message;
  return shown;
}

Result<api::DeleteObjects::Output> deleteObjects(Context& context, const api::DeleteObjects::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  const auto& objects = input.Delete_.Objects_;
  if (objects.empty() || objects.size() > kMaxKeys) return malformedXml();
  api::DeleteObjects::Output output;
  const bool quiet = input.Delete_.Quiet_.value_or(false);
  auto fail = [&](const api::ObjectIdentifier& object, const base::ApiError& error) {
    if (!output.Errors_) output.Errors_.emplace();
    output.Errors_->push_back(failure(object, error));
  };
  for (const api::ObjectIdentifier& object : objects) {
    auto allowed = context.authorise(object.VersionId_ ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                                     "arn:aws:s3:::" + bucket.name() + "/" + object.Key_);
    if (!allowed.ok()) {
      fail(object, accessDenied());
      continue;
    }
    auto removed =
        removeOne(context, bucket, object.Key_, object.VersionId_, input.BypassGovernanceRetention_.value_or(false));
    if (!removed.ok()) {
      base::ApiError error = std::move(removed).error();
      if (error.code == "InvalidArgument") error = noSuchVersion(object.Key_, *object.VersionId_);
      fail(object, error);
      continue;
    }
    if (quiet) continue;
    if (!output.Deleted_) output.Deleted_.emplace();
    api::DeletedObject shown;
    shown.Key_ = object.Key_;
    shown.VersionId_ = object.VersionId_;
    if (removed->marker) {
      shown.DeleteMarker_ = true;
      shown.DeleteMarkerVersionId_ = removed->version_id;
    }
    output.Deleted_->push_back(std::move(shown));
  }
  return output;
}

}  // namespace

void registerDeletes(dispatch::Registry& registry) {
  registry.add<api::DeleteObject>(deleteObject);
  registry.add<api::DeleteObjects>(deleteObjects);
}

}  // namespace thimble::services::s3
