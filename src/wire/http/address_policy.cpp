#include "wire/http/address_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace thimble::wire::http {
namespace {

constexpr int kMappedBits = 96;

// Ranges that are not the public internet's.
constexpr std::string_view kSpecialV4[] = {"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",
                                           "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24",  "192.0.2.0/24",
                                           "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                                           "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4"};
// Of IPv6 only 2000::/3 is public, these aside.
constexpr std::string_view kSpecialV6[] = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};
constexpr std::string_view kPublicV6 = "2000::/3";

std::vector<AddressRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<AddressRange> out;
  for (std::string_view text : texts) out.push_back(*parseAddressRange(text));
  return out;
}

const std::vector<AddressRange>& specialRanges() {
  static const std::vector<AddressRange> kRanges = [] {
    std::vector<AddressRange> out;
    for (std::string_view text : kSpecialV4) out.push_back(*parseAddressRange(text));
    for (std::string_view text : kSpecialV6) out.push_back(*parseAddressRange(text));
    return out;
  }();
  return kRanges;
}

template <class Number>
std::optional<Number> readNumber(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool IpAddress::isV4() const {
  static constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin());
}

std::optional<IpAddress> parseIpAddress(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  in_addr v4{};
  if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &v4, 4);
    return address;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool AddressRange::contains(const IpAddress& other, std::uint16_t other_port) const {
  if (port != 0 && port != other_port) return false;
  for (int bit = 0; bit < prefix_bits; bit += 8) {
    const auto i = static_cast<std::size_t>(bit / 8);
    const int kept = std::min(8, prefix_bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - kept));
    if ((address.bytes[i] & mask) != (other.bytes[i] & mask)) return false;
  }
  return true;
}

std::optional<AddressRange> parseAddressRange(std::string_view text) {
  AddressRange range;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    text = text.substr(end + 2);
    const auto port = readNumber<std::uint16_t>(text);
    if (!port) return std::nullopt;
    range.port = *port;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const std::size_t colon = text.find(':');
    const auto port = readNumber<std::uint16_t>(text.substr(colon + 1));
    if (!port) return std::nullopt;
    range.port = *port;
    host = text.substr(0, colon);
  }
  const std::size_t slash = host.find('/');
  const auto address = parseIpAddress(host.substr(0, slash));
  if (!address) return std::nullopt;
  range.address = *address;
  if (slash != std::string_view::npos) {
    const auto bits = readNumber<int>(host.substr(slash + 1));
    const bool v4 = host.find(':') == std::string_view::npos;
    if (!bits || *bits < 0 || *bits > (v4 ? 32 : 128)) return std::nullopt;
    range.prefix_bits = v4 ? *bits + kMappedBits : *bits;
  }
  return range;
}

bool AddressPolicy::allows(const IpAddress& address, std::uint16_t port) const {
  for (const AddressRange& range : allowed) {
    if (range.contains(address, port)) return true;
  }
  if (!public_internet) return false;
  static const AddressRange kPublic = *parseAddressRange(kPublicV6);
  if (!address.isV4() && !kPublic.contains(address, 0)) return false;
  for (const AddressRange& range : specialRanges()) {
    if (range.contains(address, 0)) return false;
  }
  return true;
}

AddressPolicy AddressPolicy::everything() {
  return {.public_internet = true, .allowed = ranges({"::/0"})};
}

}  // namespace thimble::wire::http
