#include "wire/router/credential_scope.h"

#include "base/encoding.h"

namespace thimble::wire {
namespace {

std::optional<CredentialScope> readCredential(std::string_view credential) {
  // An access key id may hold anything but "/" in practice; the scope is the last four parts.
  std::string_view parts[4];
  for (std::size_t i = 4; i-- > 0;) {
    const std::size_t slash = credential.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    parts[i] = credential.substr(slash + 1);
    credential = credential.substr(0, slash);
  }
  if (parts[3] != "aws4_request" || credential.empty()) return std::nullopt;
  return CredentialScope{std::string(credential), std::string(parts[1]), std::string(parts[2])};
}

}  // namespace

std::optional<CredentialScope> readCredentialScope(const http::Headers& headers, std::string_view query) {
  constexpr std::string_view kScheme = "AWS4-HMAC-SHA256";
  constexpr std::string_view kCredential = "Credential=";
  const std::string_view authorization = headers.get("authorization");
  if (authorization.starts_with(kScheme)) {
    const std::size_t at = authorization.find(kCredential);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view credential = authorization.substr(at + kCredential.size());
    return readCredential(credential.substr(0, credential.find_first_of(", ")));
  }
  constexpr std::string_view kParameter = "X-Amz-Credential=";
  for (std::string_view rest = query; !rest.empty();) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    if (pair.starts_with(kParameter)) {
      const auto credential = base::decodePercent(pair.substr(kParameter.size()));
      auto scope = credential ? readCredential(*credential) : std::nullopt;
      if (scope) scope->presigned = true;
      return scope;
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace thimble::wire
