#include "services/s3/upload.h"

#include "services/s3/errors.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {

using base::Result;

Result<proto::Upload> requireUpload(store::Transaction& transaction, const std::string& bucket, const std::string& key,
                                    const std::string& upload_id) {
  auto upload = kUploads.get(transaction, bucket, key, upload_id);
  if (!upload) return noSuchUpload(upload_id);
  return std::move(*upload);
}

Result<void> checkPartNumber(std::int64_t number) {
  if (number >= 1 && number <= 10000) return {};
  return invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                         std::to_string(number));
}

Result<void> checkPartAlgorithm(const proto::Upload& upload, const std::string& algorithm) {
  if (upload.checksum_algorithm().empty() || algorithm == upload.checksum_algorithm()) return {};
  auto lower = [](std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text.empty() ? std::string("null") : text;
  };
  // Without a value of the caller's own, S3 computes the upload's.
  if (algorithm.empty()) return {};
  return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: " +
                        lower(upload.checksum_algorithm()) + ", actual checksum Type: " + lower(algorithm));
}

proto::Part putPart(store::Transaction& transaction, const std::string& bucket, const std::string& upload_id,
                    std::int64_t number, const Staged& staged, base::Timestamp now) {
  proto::Part part;
  part.set_number(static_cast<std::uint32_t>(number));
  part.set_size(staged.segment.size());
  part.set_etag(staged.md5);
  part.set_checksum(staged.checksum);
  part.set_crc64(staged.crc64);
  part.set_modified(now.milliseconds);
  if (staged.segment.size()) *part.add_segments() = staged.segment;
  kParts.put(transaction, part, bucket, upload_id, number);
  return part;
}

}  // namespace thimble::services::s3
