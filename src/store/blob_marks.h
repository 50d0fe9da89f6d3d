// Which of some blobs are named in bytes that are looked through. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble::store {

class BlobMarks {
 public:
  static constexpr std::size_t kDigits = 64;  ///< Of a blob's name.

  /// `names`: of kDigits hexadecimal digits each; others are left out.
  explicit BlobMarks(std::vector<std::string> names);

  /// Marks the names that are anywhere in the bytes as they are, and whatever stands around them.
  void look(std::string_view bytes);
  /// Those that no bytes held.
  std::vector<std::string> unnamed() const;

 private:
  void lookInDigits(std::string_view digits);

  std::vector<std::string> names_;
  std::vector<bool> named_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_end_;  ///< A name's last 16 digits and its place; ascending.
};

}  // namespace thimble::store
