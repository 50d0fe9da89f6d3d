#include "services/codepipeline/webhook_rules.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/encoding.h"
#include "lang/jsonpath/path.h"
#include "services/codepipeline/errors.h"
#include "wire/http/address_policy.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr std::size_t kMostFilters = 5;

std::string hmac(const EVP_MD* digest, const std::string& secret, const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()),
       body.size(), bytes.data(), &size);
  return base::encodeHex(std::string(reinterpret_cast<const char*>(bytes.data()), size));
}

/// A scalar as text; nothing for what has none.
std::optional<std::string> textOf(const Json& value) {
  if (value.isString()) return value.asString();
  if (value.isNull() || value.isObject() || value.isArray()) return std::nullopt;
  return value.write();
}

}  // namespace

bool isSignedBy(const std::string& signature, const std::string& secret, const std::string& body) {
  std::string expected;
  if (signature.starts_with("sha256=")) expected = "sha256=" + hmac(EVP_sha256(), secret, body);
  if (signature.starts_with("sha1=")) expected = "sha1=" + hmac(EVP_sha1(), secret, body);
  return !expected.empty() && expected.size() == signature.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

bool isInRange(const std::string& address, const std::string& range) {
  const auto parsed = wire::http::parseIpAddress(address);
  const auto allowed = wire::http::parseAddressRange(range);
  return parsed && allowed && allowed->contains(*parsed, 0);
}

base::Result<void> checkWebhookFilters(const Json& filters) {
  if (filters.empty() || filters.size() > kMostFilters) {
    return validation("A webhook has between 1 and " + std::to_string(kMostFilters) + " filters.");
  }
  for (const Json& filter : filters.asArray()) {
    if (lang::jsonpath::Path::parse(filter.stringAt("jsonPath")).ok()) continue;
    return base::ApiError{"InvalidWebhookFilterPatternException",
                          "The JSON path " + filter.stringAt("jsonPath") + " of a webhook filter is not valid."};
  }
  return {};
}

bool filtersHold(const Json& filters, const Json& payload, const Json& configuration) {
  for (const Json& filter : filters.asArray()) {
    const auto path = lang::jsonpath::Path::parse(filter.stringAt("jsonPath"));
    if (!path.ok()) return false;
    const auto found = path->read(payload);
    if (!found.ok()) return false;
    if (!filter.contains("matchEquals")) continue;
    std::string wanted = filter.stringAt("matchEquals");
    if (configuration.isObject()) {
      for (const auto& [name, value] : configuration.asObject()) {
        const std::string placeholder = "{" + name + "}";
        const std::size_t at = wanted.find(placeholder);
        if (at != std::string::npos && value.isString()) wanted.replace(at, placeholder.size(), value.asString());
      }
    }
    if (path->isDefinite()) {
      if (textOf(*found) != wanted) return false;
      continue;
    }
    bool any = false;
    for (std::size_t i = 0; i < found->size(); ++i) any = any || textOf((*found)[i]) == wanted;
    if (!any) return false;
  }
  return true;
}

}  // namespace thimble::services::codepipeline
