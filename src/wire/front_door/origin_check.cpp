#include "wire/front_door/origin_check.h"

#include <algorithm>

#include "wire/router/router.h"

namespace thimble::wire {
namespace {

bool nameIsOurs(const std::string& name, const std::vector<std::string>& names) {
  // AWS's own names come from clients that were told to connect here but keep the Host they sign for.
  return name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1" || name == "::1" ||
         name.ends_with(".amazonaws.com") || name == "localhost.localstack.cloud" ||
         name.ends_with(".localhost.localstack.cloud") || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool hostIsOurs(const http::Headers& headers, const std::vector<std::string>& names) {
  return !headers.contains("host") || nameIsOurs(hostName(headers), names);
}

bool originIsOurs(const http::Headers& headers, const std::vector<std::string>& names) {
  const std::string* origin = headers.find("origin");
  if (origin == nullptr) return true;
  const std::size_t scheme = origin->find("://");
  if (scheme == std::string::npos) return false;
  http::Headers as_host;
  as_host.add("Host", std::string_view(*origin).substr(scheme + 3));
  // A page served from an AWS name is a foreign page.
  const std::string name = hostName(as_host);
  return !name.ends_with(".amazonaws.com") && nameIsOurs(name, names);
}

}  // namespace thimble::wire
