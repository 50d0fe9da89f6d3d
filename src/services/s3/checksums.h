// The checksums that S3 keeps with objects.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace thimble::services::s3 {

/// "CRC32", "CRC32C", "CRC64NVME", "SHA1" or "SHA256".
std::optional<base::DigestKind> checksumKind(std::string_view algorithm);

/// FULL_OBJECT for CRC-64, else COMPOSITE: what a multipart upload gets that asks for no type.
std::string defaultChecksumType(std::string_view algorithm);

/// The CRC (raw bytes, big-endian) of two runs of bytes one after the other, from the CRC of each.
std::string combineCrc(base::DigestKind kind, std::string_view first, std::string_view second,
                       std::uint64_t second_size);

/// What a caller said the bytes' checksums are, by algorithm, in base64. Input: a request with members ChecksumCRC32_
/// and so on.
template <class Input>
std::map<std::string, std::string> givenChecksums(const Input& input) {
  std::map<std::string, std::string> given;
  auto take = [&](const char* algorithm, const std::optional<std::string>& value) {
    if (value) given[algorithm] = *value;
  };
  take("CRC32", input.ChecksumCRC32_);
  take("CRC32C", input.ChecksumCRC32C_);
  take("CRC64NVME", input.ChecksumCRC64NVME_);
  take("SHA1", input.ChecksumSHA1_);
  take("SHA256", input.ChecksumSHA256_);
  return given;
}

/// Sets the member of an output for that algorithm.
template <class Output>
void setChecksum(Output& output, std::string_view algorithm, const std::string& value) {
  if (value.empty()) return;
  if (algorithm == "CRC32") output.ChecksumCRC32_ = value;
  if (algorithm == "CRC32C") output.ChecksumCRC32C_ = value;
  if (algorithm == "CRC64NVME") output.ChecksumCRC64NVME_ = value;
  if (algorithm == "SHA1") output.ChecksumSHA1_ = value;
  if (algorithm == "SHA256") output.ChecksumSHA256_ = value;
}

/// The one algorithm of an upload: that of the value given, else the one named, else nothing. More than one value, or a
/// value that is no checksum, is an error.
base::Result<std::string> chooseAlgorithm(const std::map<std::string, std::string>& given,
                                          const std::optional<std::string>& named);

}  // namespace thimble::services::s3
