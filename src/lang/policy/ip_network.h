// Addresses and networks for the IpAddress operators.
#pragma once

#include <optional>
#include <string_view>

namespace thimble::lang::policy {

/// An IPv4 or IPv6 network. IPv4 addresses are held as ::ffff:a.b.c.d.
struct IpNetwork {
  unsigned char bytes[16] = {};
  int prefix_length = 128;

  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const IpNetwork& address) const;
};

}  // namespace thimble::lang::policy
