// The texts that SigV4 signs: canonical request and string to sign, and the keys that sign them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/http/headers.h"

namespace thimble::wire::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// S3 signs its paths as they are; all other services normalise them and encode them once more.
enum class PathRule { Plain, Normalized };

struct CanonicalInput {
  std::string_view method;
  std::string_view path;   ///< As sent.
  std::string_view query;  ///< As sent; X-Amz-Signature is left out.
  const http::Headers* headers = nullptr;
  std::vector<std::string> signed_headers;  ///< Lower case, in the order of the request.
  std::string_view payload_hash;
  PathRule path_rule = PathRule::Normalized;
};

std::string canonicalPath(std::string_view path, PathRule rule);
std::string canonicalQuery(std::string_view query);
std::string canonicalRequest(const CanonicalInput& input);

/// "20150830/us-east-1/iam/aws4_request".
std::string credentialScope(std::string_view date, std::string_view region, std::string_view service);
/// `time` is the request's time in basic ISO 8601.
std::string stringToSign(std::string_view time, std::string_view scope, std::string_view canonical_request);

/// The raw key that signs all requests of a day, region and service.
std::string signingKey(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service);

/// Equality in a time that does not depend on where the texts differ.
bool equalConstantTime(std::string_view a, std::string_view b);

}  // namespace thimble::wire::sigv4
