// Encryption with keys that the customer gives with each request (SSE-C). The key is never kept, only its digest.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

/// What a request says of a key. Nothing is checked yet.
struct GivenKey {
  std::optional<std::string> algorithm;
  std::optional<std::string> key;  ///< Base64.
  std::optional<std::string> md5;  ///< Base64.
};

template <class Input>
GivenKey givenKey(const Input& input) {
  return {input.SSECustomerAlgorithm_, input.SSECustomerKey_, input.SSECustomerKeyMD5_};
}
template <class Input>
GivenKey givenSourceKey(const Input& input) {
  return {input.CopySourceSSECustomerAlgorithm_, input.CopySourceSSECustomerKey_, input.CopySourceSSECustomerKeyMD5_};
}

/// The 32 bytes of the key of a write, empty when there is none. `server_side`: what else the request asks for.
base::Result<std::string> keyForWriting(const GivenKey& given,
                                        const std::optional<std::string>& server_side = std::nullopt);

/// The key with which the object's bytes are read, empty when they are not encrypted with any.
base::Result<std::string> keyForReading(const GivenKey& given, const proto::ObjectVersion& object);

/// The key of a part, which must be its upload's.
base::Result<std::string> keyForPart(const GivenKey& given, const proto::ObjectVersion& upload);

/// What an object keeps of its key: the MD5 in base64; empty for no key.
std::string digestOfKey(const std::string& key);

}  // namespace thimble::services::s3
