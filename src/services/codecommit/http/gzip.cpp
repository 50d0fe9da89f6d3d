#include "services/codecommit/http/gzip.h"

#include <zlib.h>

#include <new>

namespace thimble::services::codecommit {
namespace {

// One piece from the socket (64 KiB) may not become more than this: no list of object ids is that repetitive.
constexpr std::size_t kMostAtOnce = std::size_t{32} << 20;

base::ApiError broken() {
  return {"BadRequest", "The request's body is not in gzip format", 400};
}

class GzipDecoder final : public wire::http::BodyDecoder {
 public:
  GzipDecoder() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  base::Result<void> feed(std::string_view in, std::string& out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    char buffer[1 << 15];
    const std::size_t before = out.size();
    for (;;) {
      if (ended_) return stream_.avail_in == 0 ? base::Result<void>() : broken();
      stream_.next_out = reinterpret_cast<Bytef*>(buffer);
      stream_.avail_out = sizeof buffer;
      const int code = inflate(&stream_, Z_NO_FLUSH);
      out.append(buffer, sizeof buffer - stream_.avail_out);
      if (out.size() - before > kMostAtOnce) return broken();
      if (code == Z_STREAM_END) {
        ended_ = true;
      } else if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0)) {
        return {};
      } else if (code != Z_OK) {
        return broken();
      }
    }
  }

  base::Result<wire::http::Headers> finish() override {
    if (!ended_) return broken();
    return wire::http::Headers();
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<wire::http::BodyDecoder> makeGzipDecoder() {
  return std::make_unique<GzipDecoder>();
}

}  // namespace thimble::services::codecommit
