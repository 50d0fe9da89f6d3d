// Which addresses the server may connect to on somebody's behalf. Looked at after a name is resolved, with the address
// that is then connected to, so that no spelling of an address and no change of a name gets around it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::wire::http {

/// An IPv4 or IPv6 address. IPv4 addresses mapped into IPv6 (::ffff:a.b.c.d) are IPv4 addresses.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< In network order; an IPv4 address in the mapped form.

  bool isV4() const;
  bool operator==(const IpAddress&) const = default;
};

std::optional<IpAddress> parseIpAddress(std::string_view text);

/// "10.1.0.0/16", "127.0.0.1:9000", "[::1]:80", "fd00::/8", "192.168.1.5".
struct AddressRange {
  IpAddress address;
  int prefix_bits = 128;   ///< Of the 128 bits.
  std::uint16_t port = 0;  ///< 0: any.

  bool contains(const IpAddress& other, std::uint16_t other_port) const;
};

std::optional<AddressRange> parseAddressRange(std::string_view text);

/// Addresses of the public internet, and what is named in `allowed`. Loopback, private, link-local (and with it the
/// metadata service 169.254.169.254), carrier-grade, documentation, multicast and reserved ranges are not public; nor
/// are IPv6 ranges that carry an IPv4 address inside (6to4, NAT64, Teredo).
/// https://www.iana.org/assignments/iana-ipv4-special-registry/ and iana-ipv6-special-registry
struct AddressPolicy {
  bool public_internet = true;
  std::vector<AddressRange> allowed;

  bool allows(const IpAddress& address, std::uint16_t port) const;

  /// No limits: for requests whose target the operator chose.
  static AddressPolicy everything();
};

}  // namespace thimble::wire::http
