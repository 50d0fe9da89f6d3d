// Keys of rows: tuples of texts and numbers as bytes whose order is the tuples' order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::store {

/// Builds a key part by part. Texts may hold any bytes: a zero byte becomes 00 FF and the text ends with 00 01, so that
/// no text is a prefix of another part. Numbers are eight bytes, big-endian, the sign flipped.
class Key {
 public:
  Key() = default;
  /// Begins with the table's name.
  explicit Key(std::string_view table) { add(table); }

  Key& add(std::string_view text) {
    for (char c : text) {
      bytes_.push_back(c);
      if (c == '\0') bytes_.push_back('\xff');
    }
    bytes_.append("\0\1", 2);
    return *this;
  }
  Key& add(const std::string& text) { return add(std::string_view(text)); }
  Key& add(const char* text) { return add(std::string_view(text)); }
  Key& add(std::int64_t number) {
    const std::uint64_t bits = static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
    for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(bits >> shift));
    return *this;
  }
  Key& add(int number) { return add(std::int64_t{number}); }

  /// Appends `prefix` as the beginning of a text part that is not ended: for scans of all texts that begin so.
  Key& addTextPrefix(std::string_view prefix) {
    for (char c : prefix) {
      bytes_.push_back(c);
      if (c == '\0') bytes_.push_back('\xff');
    }
    return *this;
  }

  const std::string& bytes() const& { return bytes_; }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads a key back, part by part, in the order and kinds in which it was built.
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : bytes_(bytes) {}
  /// Nothing when the next part is no text.
  std::optional<std::string> text();
  /// Nothing when fewer than eight bytes are left.
  std::optional<std::int64_t> number();

 private:
  std::string_view bytes_;
};

/// The smallest key greater than all keys that begin with `prefix`; empty when there is none.
std::string prefixEnd(std::string_view prefix);

}  // namespace thimble::store
