// CompleteMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/encryption.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"
#include "services/s3/upload.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Complete = api::CompleteMultipartUpload;

constexpr std::uint64_t kMinPartBytes = std::uint64_t{5} << 20;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::string bare(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

base::ApiError invalidPart(const std::string& upload_id, std::int64_t number, const std::string& etag) {
  return {
      "InvalidPart",
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
      "entity tag may not match the part's entity tag.",
      400, Json::object({{"UploadId", upload_id}, {"PartNumber", std::to_string(number)}, {"ETag", etag}})};
}

base::ApiError entityTooSmall(const proto::Part& part) {
  return {"EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400,
          Json::object({{"ProposedSize", std::to_string(part.size())},
                        {"MinSizeAllowed", std::to_string(kMinPartBytes)},
                        {"PartNumber", std::to_string(part.number())},
                        {"ETag", part.etag()}})};
}

// The parts that the request lists, each as it was uploaded.
Result<std::vector<proto::Part>> chosenParts(Context& context, const Complete::Input& input,
                                             const proto::Upload& upload) {
  if (!input.MultipartUpload_ || !input.MultipartUpload_->Parts_ || input.MultipartUpload_->Parts_->empty()) {
    return malformedXml();
  }
  std::vector<proto::Part> parts;
  std::optional<base::ApiError> wrong;  // AWS names the last that is.
  std::int64_t last = 0;
  for (const api::CompletedPart& named : *input.MultipartUpload_->Parts_) {
    const std::int64_t number = named.PartNumber_.value_or(0);
    TRY(checkPartNumber(number));
    if (number <= last) {
      return base::ApiError{"InvalidPartOrder",
                            "The list of parts was not in ascending order. Parts must be ordered by part number.", 400,
                            Json::object({{"UploadId", upload.id()}})};
    }
    last = number;
    const std::string etag = bare(named.ETag_.value_or(""));
    auto part = kParts.get(context.transaction(), input.Bucket_, upload.id(), number);
    if (!part || part->etag() != etag) {
      wrong = invalidPart(upload.id(), number, etag);
      continue;
    }
    auto given = givenChecksums(named);
    for (const auto& [algorithm, value] : given) {
      if (algorithm != upload.checksum_algorithm()) {
        if (upload.checksum_algorithm().empty()) continue;
        return badDigest("The " + lower(algorithm) + " you specified for part " + std::to_string(number) +
                         " did not match what we received.");
      }
      if (value != part->checksum()) wrong = invalidPart(upload.id(), number, etag);
    }
    if (given.empty() && upload.checksum_type() == "COMPOSITE") {
      return invalidRequest(
          "The upload was created using a " + lower(upload.checksum_algorithm()) +
          " checksum. The complete request must include the checksum for each part. It was missing for "
          "part " +
          std::to_string(number) + " in the request.");
    }
    parts.push_back(std::move(*part));
  }
  if (wrong) return *wrong;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i].size() < kMinPartBytes) return entityTooSmall(parts[i]);
  }
  return parts;
}

// Sets size, ETag, segments, parts and checksum.
void assemble(proto::ObjectVersion& object, const proto::Upload& upload, const std::vector<proto::Part>& parts) {
  std::string md5s, checksums, crc;
  const std::string algorithm = upload.checksum_algorithm().empty() ? "CRC64NVME" : upload.checksum_algorithm();
  const bool composite = upload.checksum_type() == "COMPOSITE";
  const base::DigestKind kind = *checksumKind(algorithm);
  std::uint64_t size = 0;
  for (const proto::Part& part : parts) {
    md5s += base::decodeHex(part.etag()).value_or("");
    const std::string raw =
        upload.checksum_algorithm().empty() ? part.crc64() : base::decodeBase64(part.checksum()).value_or("");
    checksums += raw;
    if (!composite) crc = crc.empty() ? raw : combineCrc(kind, crc, raw, part.size());
    for (const proto::Segment& segment : part.segments()) *object.add_segments() = segment;
    proto::Part* kept = object.add_parts();
    kept->set_number(part.number());
    kept->set_size(part.size());
    kept->set_etag(part.etag());
    kept->set_checksum(part.checksum());
    size += part.size();
  }
  const std::string count = "-" + std::to_string(parts.size());
  object.set_size(size);
  object.set_etag(base::encodeHex(base::md5(md5s)) + count);
  if (!object.customer_key_md5().empty() && upload.checksum_algorithm().empty()) return;
  object.set_checksum_algorithm(algorithm);
  object.set_checksum_type(composite ? "COMPOSITE" : "FULL_OBJECT");
  object.set_checksum(composite ? base::encodeBase64(base::digestOf(kind, checksums)) + count
                                : base::encodeBase64(crc));
}

Result<void> checkChecksum(const Complete::Input& input, const proto::ObjectVersion& object) {
  for (const auto& [algorithm, value] : givenChecksums(input)) {
    if (algorithm != object.checksum_algorithm()) {
      return badDigest("The " + lower(algorithm) + " you specified did not match the calculated checksum.");
    }
    std::string wanted = value;
    if (object.checksum_type() == "COMPOSITE" && wanted.find('-') == std::string::npos) {
      wanted += "-" + std::to_string(object.parts_size());
    }
    if (wanted != object.checksum()) {
      return badDigest("The " + lower(algorithm) + " you specified did not match the calculated checksum.");
    }
  }
  if (input.MpuObjectSize_ && static_cast<std::uint64_t>(*input.MpuObjectSize_) != object.size()) {
    return invalidRequest("The provided 'x-amz-mp-object-size' header value " + std::to_string(*input.MpuObjectSize_) +
                          " does not match what was computed: " + std::to_string(object.size()));
  }
  return {};
}

Result<Complete::Output> complete(Context& context, const Complete::Input& input) {
  store::Transaction& transaction = context.transaction();
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(transaction, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::Upload upload, requireUpload(transaction, input.Bucket_, input.Key_, input.UploadId_));
  const std::string type = upload.checksum_type().empty() ? "FULL_OBJECT" : upload.checksum_type();
  if (input.ChecksumType_ && *input.ChecksumType_ != type) {
    return invalidRequest("The upload was created using the " + type +
                          " checksum mode. The complete request must use the same checksum mode.");
  }
  TRY_ASSIGN(std::vector<proto::Part> parts, chosenParts(context, input, upload));
  proto::ObjectVersion object = upload.object();
  assemble(object, upload, parts);
  TRY(checkChecksum(input, object));
  TRY(checkWriteConditions(transaction, bucket, input.Key_, input.IfMatch_, input.IfNoneMatch_));
  if (input.IfMatch_) {
    // What matches must be what was there when the upload began.
    auto current = kCurrent.get(transaction, bucket.name(), input.Key_);
    if (current && current->modified() > upload.initiated()) {
      return base::ApiError{
          "ConditionalRequestConflict",
          "The conditional request cannot succeed due to a conflicting operation against this resource.", 409,
          Json::object({{"Condition", "If-Match"}, {"Key", input.Key_}})};
    }
  }
  object.set_version_id(newVersionId(bucket, context.random()));
  object.set_modified(context.now().milliseconds);
  addVersion(transaction, bucket.name(), object);
  notify(context, bucket, object, "ObjectCreated:CompleteMultipartUpload");
  for (const auto& row : kParts.scan(transaction, {}, input.Bucket_, upload.id())) transaction.erase(row.key);
  kUploads.erase(transaction, input.Bucket_, input.Key_, upload.id());

  Complete::Output output;
  output.Bucket_ = bucket.name();
  output.Key_ = input.Key_;
  output.Location_ = "https://" + bucket.name() + ".s3.amazonaws.com/" + base::encodePercent(input.Key_);
  output.ETag_ = "\"" + object.etag() + "\"";
  output.VersionId_ = writtenVersionId(bucket, object);
  showEncryption(output, object);
  // An upload with a customer's key has no checksum that was not asked for.
  if (!object.checksum().empty()) {
    output.ChecksumType_ = object.checksum_type();
    setChecksum(output, object.checksum_algorithm(), object.checksum());
  }
  return output;
}

}  // namespace

void registerCompletion(dispatch::Registry& registry) {
  registry.add<Complete>(complete);
}

}  // namespace thimble::services::s3
