// Counts and lengths in encoded values: seven bits a byte, least significant first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace thimble::lang::expression {

inline void appendVarint(std::string& out, std::size_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

/// Removes a number from the front; false when there is none.
inline bool takeVarint(std::string_view& bytes, std::size_t& value) {
  value = 0;
  int shift = 0;
  for (std::size_t i = 0; i < bytes.size() && shift < 35; ++i, shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// Removes a length and as many bytes from the front; false when there are fewer.
inline bool takeBytes(std::string_view& bytes, std::string_view& taken) {
  std::size_t length = 0;
  if (!takeVarint(bytes, length) || length > bytes.size()) return false;
  taken = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

inline void appendBytes(std::string& out, std::string_view bytes) {
  appendVarint(out, bytes.size());
  out += bytes;
}

}  // namespace thimble::lang::expression
