// GetObject and HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
#include <charconv>

#include "services/s3/checksums.h"
#include "services/s3/common.h"
#include "services/s3/encryption.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycle.h"
#include "services/s3/operations.h"
#include "services/s3/segments.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

struct Slice {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool partial = false;  ///< Answered with 206 and Content-Range.
  std::optional<std::int64_t> parts_count;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// RFC 9110, section 14.1.2. A range that is not understood, or more than one, counts as none.
Result<Slice> byRange(const std::string& range, std::uint64_t size) {
  Slice whole{0, size, false, {}};
  if (!range.starts_with("bytes=") || range.find(',') != std::string::npos) return whole;
  std::string_view spec = std::string_view(range).substr(6);
  std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return whole;
  auto first = number(spec.substr(0, dash));
  auto last = number(spec.substr(dash + 1));
  if (!first && dash != 0) return whole;
  if (!last && dash + 1 != spec.size()) return whole;
  if (!first) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return invalidRange(range, size);
    const std::uint64_t length = std::min(*last, size);
    return Slice{size - length, length, true, {}};
  }
  if (last && *last < *first) return whole;
  if (*first >= size) return invalidRange(range, size);
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return Slice{*first, end - *first + 1, true, {}};
}

Result<Slice> byPart(std::int64_t part_number, const proto::ObjectVersion& object) {
  const int count = object.parts_size() ? object.parts_size() : 1;
  if (part_number < 1 || part_number > 10000) {
    return invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                           std::to_string(part_number));
  }
  if (object.parts_size() == 0) {
    if (part_number == 1) return Slice{0, object.size(), object.size() > 0, {}};
  } else {
    std::uint64_t offset = 0;
    int index = 0;
    for (const proto::Part& part : object.parts()) {
      if (++index == part_number) return Slice{offset, part.size(), true, count};
      offset += part.size();
    }
  }
  return base::ApiError{"InvalidPartNumber", "The requested partnumber is not satisfiable", 416,
                        base::Json::object({{"PartNumberRequested", std::to_string(part_number)},
                                            {"ActualPartCount", std::to_string(count)}})};
}

bool checksumsWanted(const std::optional<std::string>& mode) {
  return mode == "ENABLED" || mode == "enabled";
}

template <class Output, class Input>
void describe(Output& output, const Input& input, const proto::Bucket& bucket, const proto::ObjectVersion& object,
              const Slice& slice, base::Timestamp now) {
  output.AcceptRanges_ = "bytes";
  output.LastModified_ = shownTime(object.modified());
  output.ContentLength_ = static_cast<std::int64_t>(slice.length);
  output.ETag_ = "\"" + object.etag() + "\"";
  output.VersionId_ = shownVersionId(bucket, object);
  showEncryption(output, object);
  // A noncurrent version expires by other rules, which show nothing.
  if (!input.VersionId_) output.Expiration_ = expirationHeader(bucket, object);
  auto header = [&](const char* name, std::optional<std::string>& member, const std::optional<std::string>& instead) {
    auto found = object.headers().find(name);
    if (found != object.headers().end()) member = found->second;
    if (instead) member = instead;
  };
  header("CacheControl", output.CacheControl_, input.ResponseCacheControl_);
  header("ContentDisposition", output.ContentDisposition_, input.ResponseContentDisposition_);
  header("ContentEncoding", output.ContentEncoding_, input.ResponseContentEncoding_);
  header("ContentLanguage", output.ContentLanguage_, input.ResponseContentLanguage_);
  header("ContentType", output.ContentType_, input.ResponseContentType_);
  std::optional<std::string> expires;
  if (input.ResponseExpires_) expires = base::formatHttpDate(*input.ResponseExpires_);
  header("Expires", output.Expires_, expires);
  header("WebsiteRedirectLocation", output.WebsiteRedirectLocation_, std::nullopt);
  if (!output.ContentType_) output.ContentType_ = "binary/octet-stream";
  if (object.metadata_size()) {
    output.Metadata_.emplace();
    for (const auto& [name, value] : object.metadata()) (*output.Metadata_)[name] = value;
  }
  if (object.storage_class() != "STANDARD") output.StorageClass_ = object.storage_class();
  if (object.restored_until() > now.milliseconds) {
    output.Restore_ = "ongoing-request=\"false\", expiry-date=\"" +
                      base::formatHttpDate(base::Timestamp{object.restored_until()}) + "\"";
  }
  if (object.tags_size()) output.TagCount_ = object.tags_size();
  if (!object.lock_mode().empty()) {
    output.ObjectLockMode_ = object.lock_mode();
    output.ObjectLockRetainUntilDate_ = base::Timestamp{object.retain_until()};
  }
  if (object.legal_hold()) output.ObjectLockLegalHoldStatus_ = "ON";
  if (slice.partial) {
    output.ContentRange_ = "bytes " + std::to_string(slice.offset) + "-" +
                           std::to_string(slice.offset + slice.length - 1) + "/" + std::to_string(object.size());
  }
  output.PartsCount_ = slice.parts_count;
  if (checksumsWanted(input.ChecksumMode_) && !object.checksum().empty()) {
    std::string checksum = object.checksum();
    // A part has its own checksum; a range of bytes has none.
    if (slice.parts_count && object.checksum_type() == "COMPOSITE") {
      checksum = object.parts(static_cast<int>(*input.PartNumber_) - 1).checksum();
    } else if (slice.partial && slice.length != object.size()) {
      checksum.clear();
    }
    if (!checksum.empty()) {
      setChecksum(output, object.checksum_algorithm(), checksum);
      output.ChecksumType_ = object.checksum_type();
    }
  }
}

template <class Input>
Result<proto::ObjectVersion> readable(Context& context, const proto::Bucket& bucket, const Input& input,
                                      const std::string& method) {
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, method));
  TRY(checkConditions({input.IfMatch_, input.IfNoneMatch_, input.IfModifiedSince_, input.IfUnmodifiedSince_}, object,
                      context.now()));
  TRY(keyForReading(givenKey(input), object));
  return object;
}

template <class Input>
Result<Slice> sliceOf(const Input& input, const proto::ObjectVersion& object) {
  if (input.Range_ && input.PartNumber_) {
    return invalidRequest("Cannot specify both Range header and partNumber query parameter");
  }
  if (input.PartNumber_) return byPart(*input.PartNumber_, object);
  if (input.Range_) return byRange(*input.Range_, object.size());
  return Slice{0, object.size(), false, {}};
}

Result<dispatch::Reply<api::GetObject::Output>> getObject(const Encryption& encryption, Context& context,
                                                          const api::GetObject::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, readable(context, bucket, input, "GET"));
  if (isArchived(object) && object.restored_until() <= context.now().milliseconds) {
    return base::ApiError{"InvalidObjectState", "The operation is not valid for the object's storage class", 403,
                          base::Json::object({{"StorageClass", object.storage_class()}})};
  }
  TRY_ASSIGN(Slice slice, sliceOf(input, object));
  api::GetObject::Output output;
  describe(output, input, bucket, object, slice, context.now());
  TRY_ASSIGN(const std::string key, encryption.forReading(context, givenKey(input), bucket, object));
  dispatch::Reply<api::GetObject::Output> reply(
      std::move(output), openSegments(context.environment().blobs, object.segments(), slice.offset, slice.length, key));
  if (slice.partial) reply.http_status = 206;
  return reply;
}

// A HEAD has no body to say more in: its errors are only statuses.
base::ApiError headError(base::ApiError error) {
  error.details = base::Json();
  return error;
}

Result<dispatch::Reply<api::HeadObject::Output>> headObject(Context& context, const api::HeadObject::Input& input) {
  auto bucket = requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_);
  if (!bucket.ok()) return headError(std::move(bucket).error());
  auto object = readable(context, bucket.value(), input, "HEAD");
  if (!object.ok()) return headError(std::move(object).error());
  auto slice = sliceOf(input, object.value());
  if (!slice.ok()) return headError(std::move(slice).error());
  api::HeadObject::Output output;
  describe(output, input, bucket.value(), object.value(), slice.value(), context.now());
  dispatch::Reply<api::HeadObject::Output> reply(std::move(output));
  if (slice->partial) reply.http_status = 206;
  return reply;
}

}  // namespace

void registerGets(dispatch::Registry& registry, const EncryptionPointer& encryption) {
  registry.add<api::GetObject>([encryption](Context& context, const api::GetObject::Input& input) {
    return getObject(*encryption, context, input);
  });
  registry.add<api::HeadObject>(headObject);
}

}  // namespace thimble::services::s3
