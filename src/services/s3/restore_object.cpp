// RestoreObject: an archived object can be read for some days. What takes AWS hours is done at once.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

constexpr std::int64_t kDay = 86'400'000;

Result<dispatch::Reply<api::RestoreObject::Output>> restore(Context& context, const api::RestoreObject::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "POST"));
  if (!isArchived(object)) {
    return base::ApiError{"InvalidObjectState", "Restore is not allowed for the object's current storage class", 403,
                          base::Json::object({{"StorageClass", object.storage_class()}})};
  }
  if (!input.RestoreRequest_) return malformedXml();
  if (input.RestoreRequest_->Type_) return notImplemented("RestoreObject's Type SELECT");
  const std::int64_t days = input.RestoreRequest_->Days_.value_or(0);
  if (days < 1) return malformedXml();
  const bool again = object.restored_until() > context.now().milliseconds;
  const std::int64_t until = context.now().milliseconds + days * kDay;
  object.set_restored_until((until + kDay - 1) / kDay * kDay);
  updateVersion(context.transaction(), input.Bucket_, object);
  notify(context, bucket, object, "ObjectRestore:Post");
  notify(context, bucket, object, "ObjectRestore:Completed");
  dispatch::Reply<api::RestoreObject::Output> reply{api::RestoreObject::Output{}};
  reply.http_status = again ? 200 : 202;
  return reply;
}

}  // namespace

bool isArchived(const proto::ObjectVersion& object) {
  return object.storage_class() == "GLACIER" || object.storage_class() == "DEEP_ARCHIVE";
}

void registerRestore(dispatch::Registry& registry) {
  registry.add<api::RestoreObject>(restore);
}

}  // namespace thimble::services::s3
