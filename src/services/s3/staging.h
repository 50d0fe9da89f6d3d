// A request's body on its way into a blob: one pass computes its digests and checks what the caller said they are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "platform/byte_source.h"
#include "services/s3/checksums.h"
#include "services/s3/segments.h"
#include "store/blob_store.h"

namespace thimble::services::s3 {

struct Staged {
  proto::Segment segment;  ///< A blob that is synced.
  std::string md5;         ///< Hexadecimal: the ETag of an object uploaded whole. No digest of what was encrypted.
  std::string algorithm;   ///< Of the checksum; empty when none was wanted.
  std::string checksum;    ///< Base64.
  std::string crc64;       ///< Raw, when `with_crc64`.
};

struct StagingOptions {
  std::map<std::string, std::string> given;  ///< Checksums that the caller said, by algorithm.
  std::optional<std::string> algorithm;      ///< The algorithm that the caller named.
  std::optional<std::string> content_md5;    ///< The Content-MD5 header.
  std::string default_algorithm;             ///< Taken when the caller gave and named none; may be empty.
  bool with_crc64 = false;                   ///< Compute the CRC-64 whatever else is wanted.
  std::string key = {};                      ///< Of the customer, to encrypt with; empty: none.
  std::string nonce = {};                    ///< With a key.
};

/// Blocks while it copies. A null body is an empty one.
base::Result<Staged> stageBody(store::BlobStore& blobs, const platform::ByteSource* body,
                               const StagingOptions& options);

}  // namespace thimble::services::s3
