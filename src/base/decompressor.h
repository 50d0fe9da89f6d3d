// A compressed file, read piece by piece.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace thimble::base {

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Appends what the next piece of the file holds to `out`. False when it is not of the format, or more than `most`
  /// bytes.
  virtual bool feed(std::string_view piece, std::string& out, std::size_t most) = 0;
  /// Whether the file may end here.
  virtual bool complete() const = 0;
};

}  // namespace thimble::base
