// Zstandard files (RFC 8878), read piece by piece.
#pragma once

#include <memory>

#include "base/decompressor.h"

namespace thimble::base {

class ZstdReader final : public Decompressor {
 public:
  ZstdReader();
  ~ZstdReader() override;
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  /// A file whose window is above 128 MiB is none either: reading it would take that much memory.
  bool feed(std::string_view piece, std::string& out, std::size_t most) override;
  bool complete() const override { return between_; }

 private:
  struct Stream;

  std::unique_ptr<Stream> stream_;
  bool between_ = false;  // Behind a frame: a file is one or more of them.
};

}  // namespace thimble::base
