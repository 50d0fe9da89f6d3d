#include "base/zstd.h"

#include <zstd.h>

#include <new>

namespace thimble::base {
namespace {

constexpr int kLargestWindow = 27;  // As a power of two, in bytes.
constexpr std::size_t kBuffer = 1 << 15;

}  // namespace

struct ZstdReader::Stream {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~Stream() { ZSTD_freeDCtx(context); }
};

ZstdReader::ZstdReader() : stream_(std::make_unique<Stream>()) {
  if (stream_->context == nullptr) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(stream_->context, ZSTD_d_windowLogMax, kLargestWindow);
}
ZstdReader::~ZstdReader() = default;

bool ZstdReader::feed(std::string_view piece, std::string& out, std::size_t most) {
  char buffer[kBuffer];
  ZSTD_inBuffer in{piece.data(), piece.size(), 0};
  const std::size_t before = out.size();
  for (;;) {
    ZSTD_outBuffer made{buffer, sizeof buffer, 0};
    const std::size_t consumed = in.pos;
    const std::size_t left = ZSTD_decompressStream(stream_->context, &made, &in);
    if (ZSTD_isError(left) != 0) return false;
    out.append(buffer, made.pos);
    if (out.size() - before > most) return false;
    // Zero: a frame has ended. Another may follow.
    if (in.pos > consumed || made.pos > 0) between_ = left == 0;
    if (in.pos == in.size && made.pos < made.size) return true;
  }
}

}  // namespace thimble::base
