#include "base/local_url.h"

#include <algorithm>
#include <string_view>

namespace thimble::base {
namespace {

/// "git-codecommit.<region>.amazonaws.com".
bool isGitHost(std::string_view host) {
  constexpr std::string_view kBegin = "git-codecommit.";
  constexpr std::string_view kEnd = ".amazonaws.com";
  if (host.size() <= kBegin.size() + kEnd.size() || !host.starts_with(kBegin) || !host.ends_with(kEnd)) return false;
  return host.substr(kBegin.size(), host.size() - kBegin.size() - kEnd.size()).find('.') == std::string_view::npos;
}

}  // namespace

std::string localUrl(const std::string& value, const std::string& endpoint) {
  constexpr std::string_view kScheme = "https://";
  constexpr std::string_view kService = ".execute-api.";
  constexpr std::string_view kDomain = ".amazonaws.com";
  if (endpoint.empty() || value.compare(0, kScheme.size(), kScheme) != 0) return value;
  const std::string_view rest = std::string_view(value).substr(kScheme.size());
  const std::string_view host = rest.substr(0, rest.find('/'));
  if (isGitHost(host) && rest.substr(host.size()).starts_with("/v1/repos/")) {
    return endpoint + std::string(rest.substr(host.size()));
  }
  const std::size_t service = host.find(kService);
  if (service == std::string_view::npos || service == 0 || host.size() < kDomain.size() ||
      host.substr(host.size() - kDomain.size()) != kDomain) {
    return value;
  }
  const std::string_view id = host.substr(0, service);
  const bool is_id =
      std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (!is_id) return value;
  std::string_view path = rest.substr(host.size());
  if (!path.empty()) path.remove_prefix(1);
  const std::string_view stage = path.substr(0, path.find('/'));
  std::string out = endpoint + "/restapis/" + std::string(id);
  if (stage.empty()) return out;
  return out + "/" + std::string(stage) + "/_user_request_" + std::string(path.substr(stage.size()));
}

}  // namespace thimble::base
