// Gzip files (RFC 1952), made and read piece by piece; and the plainer frame of zlib (RFC 1950), HTTP's "deflate".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/decompressor.h"

namespace thimble::base {

/// The file of what is in memory; equal input gives equal bytes.
std::string gzip(std::string_view bytes);
std::string zlibFrame(std::string_view bytes);

class GzipWriter {
 public:
  enum class Frame : std::uint8_t { Gzip, Zlib };

  explicit GzipWriter(Frame frame = Frame::Gzip);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void append(std::string_view bytes);
  /// Bytes of the file so far; some of what was appended may still wait for more.
  std::size_t size() const { return out_.size(); }
  /// The whole file. Nothing may follow.
  std::string finish();

 private:
  struct Stream;
  void run(std::string_view bytes, int flush);

  std::unique_ptr<Stream> stream_;
  std::string out_;
};

class GzipReader final : public Decompressor {
 public:
  GzipReader();
  ~GzipReader() override;
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  bool feed(std::string_view piece, std::string& out, std::size_t most) override;
  bool complete() const override { return between_; }

 private:
  struct Stream;

  std::unique_ptr<Stream> stream_;
  bool between_ = false;  // Behind a member: a file is one or more of them.
};

}  // namespace thimble::base
