// ListObjectVersions. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Op = api::ListObjectVersions;

// The row after which the listing goes on: all versions of the marker's key, or up to the version that is named.
Result<std::string> startOf(Context& context, const Op::Input& input, const std::string& delimiter) {
  const std::string marker = input.KeyMarker_.value_or("");
  const std::string version_marker = input.VersionIdMarker_.value_or("");
  if (marker.empty()) {
    if (!version_marker.empty()) {
      return invalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker",
                             version_marker);
    }
    return std::string();
  }
  const std::string prefix = input.Prefix_.value_or("");
  auto rolled = marker.starts_with(prefix) ? commonPrefix(marker, prefix, delimiter) : std::nullopt;
  if (rolled && *rolled == marker) {
    return store::prefixEnd(kVersions.key(input.Bucket_).addTextPrefix(marker).bytes());
  }
  if (!version_marker.empty()) {
    if (auto version = findVersion(context.transaction(), input.Bucket_, marker, version_marker)) {
      return kVersions.key(input.Bucket_, marker, -version->sequence()).bytes() + std::string(1, '\0');
    }
  }
  return store::prefixEnd(kVersions.key(input.Bucket_, marker).bytes());
}

Result<Op::Output> listVersions(Context& context, const Op::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  if (input.EncodingType_ && *input.EncodingType_ != "url") {
    return invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", *input.EncodingType_);
  }
  if (input.VersionIdMarker_ && input.VersionIdMarker_->empty()) {
    return invalidArgument("A version-id marker cannot be empty.", "version-id-marker", "");
  }
  const std::string prefix = input.Prefix_.value_or("");
  const std::string delimiter = input.Delimiter_.value_or("");
  const std::int64_t max = std::min<std::int64_t>(input.MaxKeys_.value_or(1000), 1000);
  if (max < 0) {
    return invalidArgument("Argument max-keys must be an integer between 0 and 2147483647", "max-keys",
                           std::to_string(max));
  }
  TRY_ASSIGN(std::string from, startOf(context, input, delimiter));
  api::Owner owner;
  owner.ID_ = canonicalUser(bucket.account());

  Op::Output output;
  output.Name_ = bucket.name();
  output.Prefix_ = encodeListed(prefix, input.EncodingType_);
  if (!delimiter.empty()) output.Delimiter_ = encodeListed(delimiter, input.EncodingType_);
  output.KeyMarker_ = encodeListed(input.KeyMarker_.value_or(""), input.EncodingType_);
  output.VersionIdMarker_ = input.VersionIdMarker_.value_or("");
  output.MaxKeys_ = max;
  output.EncodingType_ = input.EncodingType_;
  output.IsTruncated_ = false;

  std::int64_t count = 0;
  std::string last_key, last_version, newest_key;
  bool any_newest = false;
  walkKeys<proto::ObjectVersion>(
      kVersions, context.transaction(), bucket.name(), prefix, delimiter, from,
      [&](const proto::ObjectVersion& version, const std::string& key, const std::optional<std::string>& rolled) {
        if (count == max) {
          output.IsTruncated_ = max > 0;
          if (max > 0) {
            output.NextKeyMarker_ = encodeListed(last_key, input.EncodingType_);
            if (!last_version.empty()) output.NextVersionIdMarker_ = last_version;
          }
          return false;
        }
        ++count;
        last_key = rolled ? *rolled : key;
        last_version = rolled ? std::string() : version.version_id();
        if (rolled) {
          if (!output.CommonPrefixes_) output.CommonPrefixes_.emplace();
          output.CommonPrefixes_->emplace_back();
          output.CommonPrefixes_->back().Prefix_ = encodeListed(*rolled, input.EncodingType_);
          return true;
        }
        // Rows of a key come newest first; a listing that begins within a key does not see its newest.
        bool newest = !(any_newest && newest_key == key);
        if (newest && key == input.KeyMarker_) {
          auto first = newestVersion(context.transaction(), bucket.name(), key);
          newest = first && first->sequence() == version.sequence();
        }
        any_newest = true;
        newest_key = key;
        if (version.delete_marker()) {
          api::DeleteMarkerEntry shown;
          shown.Key_ = encodeListed(key, input.EncodingType_);
          shown.VersionId_ = version.version_id();
          shown.IsLatest_ = newest;
          shown.LastModified_ = shownTime(version.modified());
          shown.Owner_ = owner;
          if (!output.DeleteMarkers_) output.DeleteMarkers_.emplace();
          output.DeleteMarkers_->push_back(std::move(shown));
          return true;
        }
        api::ObjectVersion shown;
        shown.Key_ = encodeListed(key, input.EncodingType_);
        shown.VersionId_ = version.version_id();
        shown.IsLatest_ = newest;
        shown.LastModified_ = shownTime(version.modified());
        shown.ETag_ = "\"" + version.etag() + "\"";
        shown.Size_ = static_cast<std::int64_t>(version.size());
        shown.StorageClass_ = version.storage_class();
        if (!version.checksum().empty()) {
          shown.ChecksumAlgorithm_ = std::vector<std::string>{version.checksum_algorithm()};
          shown.ChecksumType_ = version.checksum_type();
        }
        shown.Owner_ = owner;
        if (!output.Versions_) output.Versions_.emplace();
        output.Versions_->push_back(std::move(shown));
        return true;
      });
  return output;
}

}  // namespace

void registerVersionLists(dispatch::Registry& registry) {
  registry.add<Op>(listVersions);
}

}  // namespace thimble::services::s3
