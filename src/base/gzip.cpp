#include "base/gzip.h"

#include <zlib.h>

#include <new>

namespace thimble::base {
namespace {

constexpr int kLargestWindow = 15;
constexpr int kGzipWindow = kLargestWindow + 16;  // And gzip's header and end.
constexpr int kMemoryLevel = 8;                   // zlib's default.
constexpr std::size_t kBuffer = 1 << 15;

void setInput(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

}  // namespace

struct GzipWriter::Stream {
  z_stream z{};
};

GzipWriter::GzipWriter(Frame frame) : stream_(std::make_unique<Stream>()) {
  const int window = frame == Frame::Gzip ? kGzipWindow : kLargestWindow;
  if (deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}
GzipWriter::~GzipWriter() {
  deflateEnd(&stream_->z);
}

void GzipWriter::run(std::string_view bytes, int flush) {
  setInput(stream_->z, bytes);
  char buffer[kBuffer];
  do {
    stream_->z.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_->z.avail_out = sizeof buffer;
    deflate(&stream_->z, flush);
    out_.append(buffer, sizeof buffer - stream_->z.avail_out);
  } while (stream_->z.avail_out == 0);
}

void GzipWriter::append(std::string_view bytes) {
  if (!bytes.empty()) run(bytes, Z_NO_FLUSH);
}

std::string GzipWriter::finish() {
  run({}, Z_FINISH);
  return std::move(out_);
}

std::string gzip(std::string_view bytes) {
  GzipWriter writer;
  writer.append(bytes);
  return writer.finish();
}

std::string zlibFrame(std::string_view bytes) {
  GzipWriter writer(GzipWriter::Frame::Zlib);
  writer.append(bytes);
  return writer.finish();
}

struct GzipReader::Stream {
  z_stream z{};
};

GzipReader::GzipReader() : stream_(std::make_unique<Stream>()) {
  if (inflateInit2(&stream_->z, kGzipWindow) != Z_OK) throw std::bad_alloc();
}
GzipReader::~GzipReader() {
  inflateEnd(&stream_->z);
}

bool GzipReader::feed(std::string_view piece, std::string& out, std::size_t most) {
  z_stream& z = stream_->z;
  setInput(z, piece);
  char buffer[kBuffer];
  const std::size_t before = out.size();
  for (;;) {
    if (between_ && z.avail_in > 0) {
      if (inflateReset(&z) != Z_OK) return false;
      between_ = false;
    }
    z.next_out = reinterpret_cast<Bytef*>(buffer);
    z.avail_out = sizeof buffer;
    const int code = between_ ? Z_BUF_ERROR : inflate(&z, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - z.avail_out);
    if (out.size() - before > most) return false;
    if (code == Z_STREAM_END) {
      between_ = true;
    } else if (code == Z_BUF_ERROR || (code == Z_OK && z.avail_in == 0 && z.avail_out > 0)) {
      return true;
    } else if (code != Z_OK) {
      return false;
    }
  }
}

}  // namespace thimble::base
