#include "store/key.h"

namespace thimble::store {

std::optional<std::string> KeyReader::text() {
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes_.size(); ++i) {
    if (bytes_[i] != '\0') {
      out.push_back(bytes_[i]);
      continue;
    }
    if (bytes_[i + 1] == '\1') {
      bytes_.remove_prefix(i + 2);
      return out;
    }
    out.push_back('\0');
    ++i;
  }
  return std::nullopt;
}

std::optional<std::int64_t> KeyReader::number() {
  if (bytes_.size() < 8) return std::nullopt;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | static_cast<unsigned char>(bytes_[i]);
  bytes_.remove_prefix(8);
  return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

std::string prefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    if (static_cast<unsigned char>(end.back()) != 0xff) {
      end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace thimble::store
