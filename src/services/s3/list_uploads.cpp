// ListMultipartUploads and ListParts.
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/operations.h"
#include "services/s3/upload.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

// Whoever began an upload is the account here; AWS shows a name with it.
api::Initiator initiator(const proto::Bucket& bucket) {
  api::Initiator result;
  result.ID_ = canonicalUser(bucket.account());
  result.DisplayName_ = bucket.account();
  return result;
}

api::Owner ownerOf(const proto::Bucket& bucket) {
  api::Owner result;
  result.ID_ = canonicalUser(bucket.account());
  return result;
}

Result<api::ListMultipartUploads::Output> listUploads(Context& context, const api::ListMultipartUploads::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  const std::string prefix = input.Prefix_.value_or("");
  const std::string delimiter = input.Delimiter_.value_or("");
  const std::string key_marker = input.KeyMarker_.value_or("");
  const std::string id_marker = key_marker.empty() ? "" : input.UploadIdMarker_.value_or("");
  const std::int64_t max = std::min<std::int64_t>(input.MaxUploads_.value_or(1000), 1000);
  std::string from;
  if (!key_marker.empty()) {
    from = id_marker.empty() ? store::prefixEnd(kUploads.key(bucket.name(), key_marker).bytes())
                             : kUploads.key(bucket.name(), key_marker, id_marker).bytes() + std::string(1, '\0');
  }
  api::ListMultipartUploads::Output output;
  output.Bucket_ = bucket.name();
  output.KeyMarker_ = encodeListed(key_marker, input.EncodingType_);
  output.UploadIdMarker_ = id_marker;
  if (!prefix.empty()) output.Prefix_ = encodeListed(prefix, input.EncodingType_);
  if (!delimiter.empty()) output.Delimiter_ = encodeListed(delimiter, input.EncodingType_);
  output.EncodingType_ = input.EncodingType_;
  output.MaxUploads_ = max;
  output.IsTruncated_ = false;
  std::int64_t count = 0;
  std::string last_key, last_id;
  walkKeys<proto::Upload>(
      kUploads, context.transaction(), bucket.name(), prefix, delimiter, from,
      [&](const proto::Upload& upload, const std::string& key, const std::optional<std::string>& rolled) {
        if (count == max) {
          output.IsTruncated_ = true;
          return false;
        }
        ++count;
        last_key = rolled ? *rolled : key;
        last_id = rolled ? std::string() : upload.id();
        if (rolled) {
          if (!output.CommonPrefixes_) output.CommonPrefixes_.emplace();
          output.CommonPrefixes_->emplace_back();
          output.CommonPrefixes_->back().Prefix_ = encodeListed(*rolled, input.EncodingType_);
          return true;
        }
        api::MultipartUpload shown;
        shown.UploadId_ = upload.id();
        shown.Key_ = encodeListed(key, input.EncodingType_);
        shown.Initiated_ = shownTime(upload.initiated());
        shown.StorageClass_ = upload.object().storage_class();
        shown.Owner_ = ownerOf(bucket);
        shown.Initiator_ = initiator(bucket);
        if (!upload.checksum_algorithm().empty()) {
          shown.ChecksumAlgorithm_ = upload.checksum_algorithm();
          shown.ChecksumType_ = upload.checksum_type();
        }
        if (!output.Uploads_) output.Uploads_.emplace();
        output.Uploads_->push_back(std::move(shown));
        return true;
      });
  if (count) {
    output.NextKeyMarker_ = encodeListed(last_key, input.EncodingType_);
    output.NextUploadIdMarker_ = last_id;
  }
  return output;
}

Result<api::ListParts::Output> listParts(Context& context, const api::ListParts::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::Upload upload, requireUpload(context.transaction(), input.Bucket_, input.Key_, input.UploadId_));
  const std::int64_t max = std::min<std::int64_t>(input.MaxParts_.value_or(1000), 1000);
  const std::int64_t marker = input.PartNumberMarker_.value_or(0);
  if (max < 0) {
    return invalidArgument("Argument max-parts must be an integer between 0 and 2147483647", "max-parts",
                           std::to_string(max));
  }
  api::ListParts::Output output;
  output.Bucket_ = bucket.name();
  output.Key_ = input.Key_;
  output.UploadId_ = upload.id();
  output.PartNumberMarker_ = marker;
  output.NextPartNumberMarker_ = 0;
  output.MaxParts_ = max;
  output.IsTruncated_ = false;
  output.Owner_ = ownerOf(bucket);
  output.Initiator_ = initiator(bucket);
  output.StorageClass_ = upload.object().storage_class();
  if (!upload.checksum_algorithm().empty()) {
    output.ChecksumAlgorithm_ = upload.checksum_algorithm();
    output.ChecksumType_ = upload.checksum_type();
  }
  for (const auto& row : kParts.scan(context.transaction(), {}, bucket.name(), upload.id())) {
    const proto::Part& part = row.record;
    if (part.number() <= marker) continue;
    if (output.Parts_ && static_cast<std::int64_t>(output.Parts_->size()) >= max) {
      output.IsTruncated_ = true;
      break;
    }
    if (max == 0) break;
    api::Part shown;
    shown.PartNumber_ = part.number();
    shown.LastModified_ = shownTime(part.modified());
    shown.ETag_ = "\"" + part.etag() + "\"";
    shown.Size_ = static_cast<std::int64_t>(part.size());
    setChecksum(shown, upload.checksum_algorithm(), part.checksum());
    output.NextPartNumberMarker_ = part.number();
    if (!output.Parts_) output.Parts_.emplace();
    output.Parts_->push_back(std::move(shown));
  }
  return output;
}

}  // namespace

void registerUploadLists(dispatch::Registry& registry) {
  registry.add<api::ListMultipartUploads>(listUploads);
  registry.add<api::ListParts>(listParts);
}

}  // namespace thimble::services::s3
