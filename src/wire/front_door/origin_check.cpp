#include "wire/front_door/origin_check.h"

#include <algorithm>

#include "wire/router/router.h"
#include "wire/shapes/model.h"

namespace thimble::wire {
namespace {

constexpr std::string_view kAmazon = ".amazonaws.com";
constexpr std::string_view kLocalStack = "localhost.localstack.cloud";  // Resolves to 127.0.0.1; not for sale.

/// "states.eu-west-1.amazonaws.com", "iam.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com".
bool isAwsEndpoint(std::string_view name) {
  if (!name.ends_with(kAmazon)) return false;
  name.remove_suffix(kAmazon.size());
  if (name == "s3" || name.ends_with(".s3") || name.starts_with("s3.") || name.find(".s3.") != std::string_view::npos) {
    return true;
  }
  const std::size_t dot = name.find('.');
  const bool two_labels = dot == std::string_view::npos || name.find('.', dot + 1) == std::string_view::npos;
  const std::string_view service = name.substr(0, dot);
  const auto names = shapes::allServiceNames();
  return two_labels &&
         std::any_of(names.begin(), names.end(), [&](const auto& each) { return each.endpoint_prefix == service; });
}

bool nameIsOurs(const std::string& name, const std::vector<std::string>& names) {
  return name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1" || name == "::1" ||
         name == kLocalStack || name.ends_with("." + std::string(kLocalStack)) ||
         std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool hostIsOurs(const http::Headers& headers, const std::vector<std::string>& names) {
  if (!headers.contains("host")) return true;
  const std::string name = hostName(headers);
  return nameIsOurs(name, names) || isAwsEndpoint(name);
}

bool originIsOurs(const http::Headers& headers, const std::vector<std::string>& names) {
  const std::string* origin = headers.find("origin");
  if (origin == nullptr) return true;
  const std::size_t scheme = origin->find("://");
  // A browser's origin is "null" or has a scheme; anything else comes from a program that plays one.
  if (scheme == std::string::npos) return *origin != "null";
  http::Headers as_host;
  as_host.add("Host", std::string_view(*origin).substr(scheme + 3));
  return nameIsOurs(hostName(as_host), names);
}

bool sentByForeignPage(const http::Headers& headers) {
  return headers.get("sec-fetch-site") == "cross-site";
}

bool isNavigation(const http::Headers& headers) {
  return headers.get("sec-fetch-mode") == "navigate";
}

}  // namespace thimble::wire
