// GetObjectAttributes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
#include <algorithm>

#include "services/s3/checksums.h"
#include "services/s3/common.h"
#include "services/s3/customer_key.h"
#include "services/s3/errors.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Op = api::GetObjectAttributes;

api::GetObjectAttributesParts partsOf(const proto::ObjectVersion& object, std::int64_t marker, std::int64_t max) {
  api::GetObjectAttributesParts result;
  result.TotalPartsCount_ = object.parts_size();
  // Single parts are listed only where each has a checksum.
  if (object.checksum_type() != "COMPOSITE" || object.checksum().empty()) return result;
  result.PartNumberMarker_ = marker;
  result.MaxParts_ = max;
  result.IsTruncated_ = false;
  result.Parts_.emplace();
  std::int64_t index = 0;
  for (const proto::Part& part : object.parts()) {
    if (++index <= marker) continue;
    if (static_cast<std::int64_t>(result.Parts_->size()) == max) {
      result.IsTruncated_ = true;
      break;
    }
    api::ObjectPart listed;
    listed.PartNumber_ = index;
    listed.Size_ = static_cast<std::int64_t>(part.size());
    setChecksum(listed, object.checksum_algorithm(), part.checksum());
    result.NextPartNumberMarker_ = index;
    result.Parts_->push_back(std::move(listed));
  }
  if (!result.NextPartNumberMarker_) result.NextPartNumberMarker_ = 0;
  return result;
}

Result<Op::Output> getObjectAttributes(Context& context, const Op::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "GET"));
  TRY(keyForReading(givenKey(input), object));
  static constexpr std::string_view kKnown[] = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"};
  for (const std::string& name : input.ObjectAttributes_) {
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      return invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", name);
    }
  }
  if (input.ObjectAttributes_.empty()) {
    return invalidRequest(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing "
        "or empty");
  }
  auto wants = [&](std::string_view name) {
    return std::find(input.ObjectAttributes_.begin(), input.ObjectAttributes_.end(), name) !=
           input.ObjectAttributes_.end();
  };
  Op::Output output;
  output.LastModified_ = shownTime(object.modified());
  output.VersionId_ = shownVersionId(bucket, object);
  if (wants("ETag")) output.ETag_ = object.etag();
  if (wants("StorageClass")) output.StorageClass_ = object.storage_class();
  if (wants("ObjectSize")) output.ObjectSize_ = static_cast<std::int64_t>(object.size());
  if (wants("Checksum") && !object.checksum().empty()) {
    output.Checksum_.emplace();
    std::string value = object.checksum();
    // The number of parts after the dash is left out here.
    setChecksum(*output.Checksum_, object.checksum_algorithm(), value.substr(0, value.find('-')));
    output.Checksum_->ChecksumType_ = object.checksum_type();
  }
  if (wants("ObjectParts") && object.parts_size()) {
    output.ObjectParts_ = partsOf(object, input.PartNumberMarker_.value_or(0),
                                  std::clamp<std::int64_t>(input.MaxParts_.value_or(1000), 0, 1000));
  }
  return output;
}

}  // namespace

void registerAttributes(dispatch::Registry& registry) {
  registry.add<Op>(getObjectAttributes);
}

}  // namespace thimble::services::s3
