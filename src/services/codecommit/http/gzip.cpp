#include "services/codecommit/http/gzip.h"

#include "base/gzip.h"

namespace thimble::services::codecommit {
namespace {

// One piece from the socket (64 KiB) may not become more than this: no list of object ids is that repetitive.
constexpr std::size_t kMostAtOnce = std::size_t{32} << 20;

base::ApiError broken() {
  return {"BadRequest", "The request's body is not in gzip format", 400};
}

class GzipDecoder final : public wire::http::BodyDecoder {
 public:
  base::Result<void> feed(std::string_view in, std::string& out) override {
    return reader_.feed(in, out, kMostAtOnce) ? base::Result<void>() : broken();
  }

  base::Result<wire::http::Headers> finish() override {
    if (!reader_.complete()) return broken();
    return wire::http::Headers();
  }

 private:
  base::GzipReader reader_;
};

}  // namespace

std::unique_ptr<wire::http::BodyDecoder> makeGzipDecoder() {
  return std::make_unique<GzipDecoder>();
}

}  // namespace thimble::services::codecommit
