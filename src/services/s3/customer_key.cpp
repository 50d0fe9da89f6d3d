#include "services/s3/customer_key.h"

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {
namespace {

constexpr std::size_t kKeyBytes = 32;
// AWS names this argument whatever is wrong about the key.
constexpr const char* kArgument = "x-amz-server-side-encryption";

base::ApiError wrongArgument(const std::string& message) {
  return {"InvalidArgument", message, 400, base::Json::object({{"ArgumentName", kArgument}})};
}

base::Result<void> checkAlgorithm(const std::string& algorithm) {
  if (algorithm == "AES256") return {};
  return base::ApiError{"InvalidEncryptionAlgorithmError",
                        "The Encryption request you specified is not valid. Supported value: AES256.", 400,
                        base::Json::object({{"ArgumentName", kArgument}, {"ArgumentValue", algorithm}})};
}

}  // namespace

base::Result<std::string> keyForWriting(const GivenKey& given, const std::optional<std::string>& server_side) {
  if (!given.key && !given.algorithm) return std::string();
  if (server_side) {
    return invalidArgument(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        kArgument, *server_side);
  }
  if (!given.algorithm) {
    return invalidArgument(
        "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
        "algorithm.",
        kArgument, "null");
  }
  if (!given.key) {
    return invalidArgument(
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret "
        "key.",
        kArgument, "null");
  }
  TRY(checkAlgorithm(*given.algorithm));
  const std::string key = base::decodeBase64(*given.key).value_or("");
  if (key.size() != kKeyBytes) return wrongArgument("The secret key was invalid for the specified algorithm.");
  if (digestOfKey(key) != given.md5.value_or("")) {
    return wrongArgument("The calculated MD5 hash of the key did not match the hash that was provided.");
  }
  return key;
}

base::Result<std::string> keyForReading(const GivenKey& given, const proto::ObjectVersion& object) {
  if (!given.key && !given.algorithm) {
    if (object.customer_key_md5().empty()) return std::string();
    return invalidRequest(
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object.");
  }
  if (given.algorithm) TRY(checkAlgorithm(*given.algorithm));
  if (object.customer_key_md5().empty()) {
    return invalidRequest("The encryption parameters are not applicable to this object.");
  }
  if (given.md5 != object.customer_key_md5()) {
    return accessDenied(
        "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.");
  }
  return keyForWriting(given);
}

base::Result<std::string> keyForPart(const GivenKey& given, const proto::ObjectVersion& upload) {
  TRY_ASSIGN(std::string key, keyForWriting(given));
  if (key.empty() && !upload.customer_key_md5().empty()) {
    return invalidRequest(
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
        "encryption parameters.");
  }
  if (digestOfKey(key) != upload.customer_key_md5()) {
    return invalidRequest("The provided encryption parameters did not match the ones used originally.");
  }
  return key;
}

std::string digestOfKey(const std::string& key) {
  return key.empty() ? std::string() : base::encodeBase64(base::md5(key));
}

}  // namespace thimble::services::s3
