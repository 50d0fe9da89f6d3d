#include "wire/sigv4/canonical.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/encoding.h"

namespace thimble::wire::sigv4 {
namespace {

// Decoded and encoded again, so that all spellings of the same text are one. A broken escape stays as it is.
std::string recode(std::string_view text, bool keep_slash) {
  const std::optional<std::string> decoded = base::decodePercent(text);
  return base::encodePercent(decoded ? std::string_view(*decoded) : text, keep_slash);
}

// RFC 3986's dot segments and empty segments go.
std::string normalize(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool slash_at_end = path.ends_with('/');
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (out.empty() || slash_at_end) out += '/';
  return out;
}

void appendCollapsed(std::string& out, std::string_view value) {
  // Surrounding blanks are gone already; runs of blanks become one.
  bool blank = false;
  for (char c : value) {
    if (c == ' ' && blank) continue;
    blank = c == ' ';
    out += c;
  }
}

}  // namespace

std::string canonicalPath(std::string_view path, PathRule rule) {
  if (rule == PathRule::Plain) return recode(path, true);
  return base::encodePercent(normalize(path), true);
}

std::string canonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string name = recode(pair.substr(0, equals), false);
    if (name == "X-Amz-Signature") continue;
    pairs.emplace_back(std::move(name),
                       equals == std::string_view::npos ? std::string() : recode(pair.substr(equals + 1), false));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += name;
    out += '=';
    out += value;
  }
  return out;
}

std::string canonicalRequest(const CanonicalInput& input) {
  // 1. Method, path, query.
  std::string out;
  out.reserve(1024);
  out += input.method;
  out += '\n';
  out += canonicalPath(input.path, input.path_rule);
  out += '\n';
  out += canonicalQuery(input.query);
  out += '\n';
  // 2. The signed fields; those of one name are joined by commas.
  for (const std::string& name : input.signed_headers) {
    out += name;
    out += ':';
    bool first = true;
    for (const http::Header& field : *input.headers) {
      if (!http::equalsIgnoringCase(field.name, name)) continue;
      if (!first) out += ',';
      first = false;
      appendCollapsed(out, field.value);
    }
    out += '\n';
  }
  out += '\n';
  // 3. Their names, and the payload's hash.
  for (std::size_t i = 0; i < input.signed_headers.size(); ++i) {
    if (i > 0) out += ';';
    out += input.signed_headers[i];
  }
  out += '\n';
  out += input.payload_hash;
  return out;
}

std::string credentialScope(std::string_view date, std::string_view region, std::string_view service) {
  std::string out;
  out.reserve(64);
  out.append(date).append("/").append(region).append("/").append(service).append("/aws4_request");
  return out;
}

std::string stringToSign(std::string_view time, std::string_view scope, std::string_view canonical_request) {
  std::string out;
  out.reserve(192);
  out.append(kAlgorithm).append("\n").append(time).append("\n").append(scope).append("\n");
  out += base::encodeHex(base::sha256(canonical_request));
  return out;
}

std::string signingKey(std::string_view secret, std::string_view date, std::string_view region,
                       std::string_view service) {
  std::string key = base::hmacSha256("AWS4" + std::string(secret), date);
  key = base::hmacSha256(key, region);
  key = base::hmacSha256(key, service);
  return base::hmacSha256(key, "aws4_request");
}

bool equalConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace thimble::wire::sigv4
