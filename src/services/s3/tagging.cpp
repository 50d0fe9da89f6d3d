// Tags of objects.
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"
#include "services/s3/tags.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

Result<api::GetObjectTagging::Output> getObjectTagging(Context& context, const api::GetObjectTagging::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  auto found = requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "GET");
  // Here alone AWS names the key with its bucket.
  if (!found.ok() && found.error().code == "NoSuchKey") return noSuchKey(bucket.name() + "/" + input.Key_);
  TRY_ASSIGN(proto::ObjectVersion object, std::move(found));
  api::GetObjectTagging::Output output;
  output.VersionId_ = shownVersionId(bucket, object);
  for (const proto::Tag& tag : object.tags()) {
    api::Tag shown;
    shown.Key_ = tag.key();
    shown.Value_ = tag.value();
    output.TagSet_.push_back(std::move(shown));
  }
  return output;
}

Result<api::PutObjectTagging::Output> putObjectTagging(Context& context, const api::PutObjectTagging::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(ObjectTags tags, checkedObjectTags(input.Tagging_.TagSet_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "PUT"));
  *object.mutable_tags() = std::move(tags);
  updateVersion(context.transaction(), bucket.name(), object);
  notify(context, bucket, object, "ObjectTagging:Put");
  api::PutObjectTagging::Output output;
  output.VersionId_ = shownVersionId(bucket, object);
  return output;
}

Result<api::DeleteObjectTagging::Output> deleteObjectTagging(Context& context,
                                                             const api::DeleteObjectTagging::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "DELETE"));
  object.clear_tags();
  updateVersion(context.transaction(), bucket.name(), object);
  notify(context, bucket, object, "ObjectTagging:Delete");
  api::DeleteObjectTagging::Output output;
  output.VersionId_ = shownVersionId(bucket, object);
  return output;
}

}  // namespace

void registerTagging(dispatch::Registry& registry) {
  registry.add<api::GetObjectTagging>(getObjectTagging);
  registry.add<api::PutObjectTagging>(putObjectTagging);
  registry.add<api::DeleteObjectTagging>(deleteObjectTagging);
}

}  // namespace thimble::services::s3
