// Tags of buckets and objects.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/s3/s3.pb.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {

using ObjectTags = google::protobuf::RepeatedPtrField<proto::Tag>;

/// A bucket's tags as the model value of its tagging; InvalidTag where they break the rules.
base::Result<base::Json> checkedBucketTags(const std::vector<shapes::s3::Tag>& tags);
/// An object's tags.
base::Result<ObjectTags> checkedObjectTags(const std::vector<shapes::s3::Tag>& tags);
/// The x-amz-tagging header: "a=1&b=2".
base::Result<ObjectTags> parseTaggingHeader(const std::string& header);

}  // namespace thimble::services::s3
