// The iteration order of a Python 2.7 dictionary: an open-addressing hash table, walked slot by slot.
//
// Source: CPython 2.7, Objects/dictobject.c and stringobject.c describe the table and the hash of a string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::lang::sam {

class HashedOrder {
 public:
  void add(const std::string& key);
  void remove(const std::string& key);
  /// Makes room for `count` keys first, as dict.update does, which decides when the table grows.
  void reserveForMerge(std::size_t count);
  /// Keys, slot by slot.
  std::vector<std::string> keys() const;

 private:
  enum class State : std::uint8_t { Empty, Used, Removed };
  struct Slot {
    State state = State::Empty;
    std::string key;
  };
  std::size_t find(const std::string& key) const;
  void resize(std::size_t request);

  std::vector<Slot> slots_ = std::vector<Slot>(8);
  std::size_t size_ = 0;  ///< Keys present.
  std::size_t fill_ = 0;  ///< Keys present or removed since the last resize.
};

/// Python 2.7's hash of a unicode string of these code points (64 bit).
std::uint64_t python27Hash(std::string_view utf8);

}  // namespace thimble::lang::sam
