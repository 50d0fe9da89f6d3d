#include "services/dynamodb/transfer/object_lines.h"

#include <string_view>
#include <utility>

#include "base/gzip.h"
#include "base/zstd.h"

namespace thimble::services::dynamodb {
namespace {

constexpr std::size_t kPiece = 1 << 16;
constexpr std::size_t kMostOfPiece = std::size_t{80} << 20;  // Neither format makes more of one that is worth reading.
constexpr std::size_t kLongestLine = std::size_t{16} << 20;

std::unique_ptr<base::Decompressor> makeReader(const std::string& compression) {
  if (compression == "GZIP") return std::make_unique<base::GzipReader>();
  if (compression == "ZSTD") return std::make_unique<base::ZstdReader>();
  return nullptr;
}

std::string withoutReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::string(line);
}

}  // namespace

ObjectLines::ObjectLines(platform::ByteSourcePointer object, std::string compression)
    : object_(std::move(object)), compression_(std::move(compression)), reader_(makeReader(compression_)) {}

ObjectLines::Piece ObjectLines::next() {
  Piece out;
  const auto leave = [&](std::string why) {
    text_.clear();
    out.error = std::move(why);
    out.ended = true;
    return std::move(out);
  };
  std::string piece(kPiece, '\0');
  piece.resize(object_ == nullptr ? 0 : object_->read(offset_, piece.data(), piece.size()));
  offset_ += piece.size();
  out.bytes = static_cast<std::int64_t>(piece.size());
  out.ended = piece.empty();
  if (reader_ == nullptr) {
    text_ += piece;
  } else if (out.ended ? !reader_->complete() : !reader_->feed(piece, text_, kMostOfPiece)) {
    return leave("The object is not in " + compression_ + " format");
  }
  std::size_t begin = 0;
  for (std::size_t end; (end = text_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    out.lines.push_back(withoutReturn(std::string_view(text_).substr(begin, end - begin)));
  }
  text_.erase(0, begin);
  if (text_.size() > kLongestLine) return leave("Unexpected token");
  if (out.ended && !text_.empty()) out.lines.push_back(withoutReturn(std::exchange(text_, {})));
  return out;
}

}  // namespace thimble::services::dynamodb
