#include "services/codeconnections/pinned_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>

namespace thimble::services::codeconnections {
namespace {

struct Authority {
  std::string host, port;
};

/// Nothing when the URL is no http or https URL with a host and, if at all, a port in digits.
std::optional<Authority> authorityOf(const std::string& url) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return std::nullopt;
  const std::size_t begin = secure ? 8 : 7;
  std::string text = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  Authority authority{text, secure ? "443" : "80"};
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon != std::string::npos) {
    authority.host = text.substr(0, colon);
    authority.port = text.substr(colon + 1);
  }
  const bool good = !authority.host.empty() && !authority.port.empty() && authority.port.size() <= 5 &&
                    authority.port.find_first_not_of("0123456789") == std::string::npos &&
                    std::stoi(authority.port) <= 65535;
  return good ? std::optional<Authority>(authority) : std::nullopt;
}

std::string numeric(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> text{};
  const int failed = getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return failed == 0 ? std::string(text.data()) : std::string();
}

}  // namespace

base::Result<std::string> pinnedAddress(const std::string& url, const wire::http::AddressPolicy& policy) {
  const auto authority = authorityOf(url);
  if (!authority) return base::ApiError{"ConfigurationError", "This is no http or https URL: " + url};
  std::string name = authority->host;
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), authority->port.c_str(), &hints, &found) != 0) {
    return base::ApiError{"ConnectionFailed", "The host " + name + " is not known", 502};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, &freeaddrinfo);
  const auto port = static_cast<std::uint16_t>(std::stoi(authority->port));
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const std::string text = numeric(each->ai_addr, each->ai_addrlen);
    const auto address = wire::http::parseIpAddress(text);
    if (!address || !policy.allows(*address, port)) continue;
    return authority->host + ":" + authority->port + ":" + (each->ai_family == AF_INET6 ? "[" + text + "]" : text);
  }
  return base::ApiError{"AddressForbidden", "Connections to " + name + " are not allowed", 403};
}

}  // namespace thimble::services::codeconnections
