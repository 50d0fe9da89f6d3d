#include "lang/template/cidr.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace thimble::lang::template_ {
namespace {

using Address = std::array<std::uint8_t, 16>;

bool readNumber(const std::string& text, int& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

/// Adds 2^bit to an address of `bytes` bytes; false when it overflows.
bool addBit(Address& address, int bytes, int bit) {
  int index = bytes - 1 - bit / 8;
  unsigned carry = 1u << (bit % 8);
  for (; index >= 0 && carry != 0; --index) {
    const unsigned sum = address[static_cast<std::size_t>(index)] + carry;
    address[static_cast<std::size_t>(index)] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  return carry == 0;
}

}  // namespace

Outcome<base::Json> cidrBlocks(const std::string& block, const std::string& count_text, const std::string& bits_text) {
  const TemplateError refused{"Template error: Fn::Cidr cannot make " + count_text + " blocks of " + bits_text +
                              " host bits from " + block};
  const std::size_t slash = block.find('/');
  int prefix = 0;
  int count = 0;
  int bits = 0;
  if (slash == std::string::npos || !readNumber(block.substr(slash + 1), prefix) || !readNumber(count_text, count) ||
      !readNumber(bits_text, bits)) {
    return refused;
  }
  Address address{};
  const bool six = block.find(':') != std::string::npos;
  if (inet_pton(six ? AF_INET6 : AF_INET, block.substr(0, slash).c_str(), address.data()) != 1) return refused;
  const int bytes = six ? 16 : 4;
  if (bits == 0) bits = six ? 64 : 8;
  if (prefix < 0 || prefix > bytes * 8 || bits < 1 || bits > bytes * 8 - prefix || count < 1 || count > 256)
    return refused;
  const int spare = bytes * 8 - prefix - bits;
  if (spare < 8 && count > (1 << spare)) return refused;
  // The block begins at its network's address.
  for (int bit = 0; bit < bytes * 8 - prefix; ++bit) {
    address[static_cast<std::size_t>(bytes - 1 - bit / 8)] &= static_cast<std::uint8_t>(~(1u << (bit % 8)));
  }
  base::Json out = base::Json::array();
  for (int i = 0; i < count; ++i) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(six ? AF_INET6 : AF_INET, address.data(), text.data(), text.size());
    out.push(base::Json(std::string(text.data()) + "/" + std::to_string(bytes * 8 - bits)));
    if (i + 1 < count && !addBit(address, bytes, bits)) return refused;
  }
  return out;
}

}  // namespace thimble::lang::template_
