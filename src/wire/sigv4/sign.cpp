#include "wire/sigv4/sign.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "wire/sigv4/canonical.h"

namespace thimble::wire::sigv4 {
namespace {

constexpr std::array<std::string_view, 6> kUnsignedFields = {"connection",      "user-agent",     "expect",
                                                             "accept-encoding", "content-length", "authorization"};

std::string_view pathOf(std::string_view target) {
  return target.substr(0, target.find('?'));
}
std::string_view queryOf(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string signatureOf(const CanonicalInput& input, const Keys& keys, const SigningScope& scope,
                        const std::string& time, const std::string& scope_text) {
  const std::string key = signingKey(keys.secret_access_key, time.substr(0, 8), scope.region, scope.service);
  return base::encodeHex(base::hmacSha256(key, stringToSign(time, scope_text, canonicalRequest(input))));
}

}  // namespace

void sign(std::string_view method, std::string_view target, http::Headers& headers, std::string_view payload_hash,
          const Keys& keys, const SigningScope& scope) {
  const std::string time = base::formatBasicIso8601(scope.time);
  headers.set("X-Amz-Date", time);
  if (!keys.session_token.empty()) headers.set("X-Amz-Security-Token", keys.session_token);
  if (scope.service == "s3") headers.set("X-Amz-Content-Sha256", payload_hash);
  CanonicalInput input;
  input.method = method;
  input.path = pathOf(target);
  input.query = queryOf(target);
  input.headers = &headers;
  for (const http::Header& field : headers) {
    std::string name = http::toLower(field.name);
    if (std::find(kUnsignedFields.begin(), kUnsignedFields.end(), name) == kUnsignedFields.end()) {
      input.signed_headers.push_back(std::move(name));
    }
  }
  std::sort(input.signed_headers.begin(), input.signed_headers.end());
  input.signed_headers.erase(std::unique(input.signed_headers.begin(), input.signed_headers.end()),
                             input.signed_headers.end());
  input.payload_hash = payload_hash;
  input.path_rule = scope.service == "s3" ? PathRule::Plain : PathRule::Normalized;
  const std::string scope_text = credentialScope(time.substr(0, 8), scope.region, scope.service);
  const std::string signature = signatureOf(input, keys, scope, time, scope_text);
  std::string value(kAlgorithm);
  value.append(" Credential=").append(keys.access_key_id).append("/").append(scope_text).append(", SignedHeaders=");
  for (std::size_t i = 0; i < input.signed_headers.size(); ++i) {
    value.append(i > 0 ? ";" : "").append(input.signed_headers[i]);
  }
  value.append(", Signature=").append(signature);
  headers.set("Authorization", value);
}

std::string presign(std::string_view method, std::string_view target, std::string_view host,
                    std::int64_t expires_seconds, const Keys& keys, const SigningScope& scope) {
  const std::string time = base::formatBasicIso8601(scope.time);
  const std::string scope_text = credentialScope(time.substr(0, 8), scope.region, scope.service);
  std::string query(queryOf(target));
  auto add = [&](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query.append(name).append("=").append(base::encodePercent(value));
  };
  add("X-Amz-Algorithm", kAlgorithm);
  add("X-Amz-Credential", keys.access_key_id + "/" + scope_text);
  add("X-Amz-Date", time);
  add("X-Amz-Expires", std::to_string(expires_seconds));
  if (!keys.session_token.empty()) add("X-Amz-Security-Token", keys.session_token);
  add("X-Amz-SignedHeaders", "host");
  const http::Headers headers = {{"host", std::string(host)}};
  CanonicalInput input;
  input.method = method;
  input.path = pathOf(target);
  input.query = query;
  input.headers = &headers;
  input.signed_headers = {"host"};
  input.payload_hash = scope.service == "s3" ? kUnsignedPayload : kEmptyHash;
  input.path_rule = scope.service == "s3" ? PathRule::Plain : PathRule::Normalized;
  add("X-Amz-Signature", signatureOf(input, keys, scope, time, scope_text));
  return std::string(pathOf(target)) + "?" + query;
}

}  // namespace thimble::wire::sigv4
