#include "lang/policy/ip_network.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace thimble::lang::policy {

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  IpNetwork network;
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  if (address.find('\0') != std::string::npos) return std::nullopt;
  int base_length = 0;
  if (address.find(':') == std::string::npos) {
    base_length = 96;
    network.bytes[10] = network.bytes[11] = 0xff;
    if (inet_pton(AF_INET, address.c_str(), network.bytes + 12) != 1) return std::nullopt;
  } else if (inet_pton(AF_INET6, address.c_str(), network.bytes) != 1) {
    return std::nullopt;
  }
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    int length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (length < 0 || base_length + length > 128) return std::nullopt;
    network.prefix_length = base_length + length;
  }
  return network;
}

bool IpNetwork::contains(const IpNetwork& address) const {
  const int whole = prefix_length / 8;
  if (std::memcmp(bytes, address.bytes, static_cast<std::size_t>(whole)) != 0) return false;
  const int rest = prefix_length % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffU << (8 - rest) & 0xffU;
  return (bytes[whole] & mask) == (address.bytes[whole] & mask);
}

}  // namespace thimble::lang::policy
