#include "wire/sigv4/aws_chunked.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "wire/sigv4/canonical.h"
#include "wire/sigv4/errors.h"

namespace thimble::wire::sigv4 {
namespace {

base::ApiError malformed(std::string_view text) {
  return {.code = "InvalidRequest",
          .message = "The aws-chunked body is malformed: " + std::string(text),
          .http_status = 400};
}

std::string chunkSignature(const ChunkSigning& signing, std::string_view previous, std::string_view chunk_hash) {
  std::string text = "AWS4-HMAC-SHA256-PAYLOAD\n";
  text.append(signing.time_text).append("\n").append(signing.scope).append("\n").append(previous).append("\n");
  text.append(kEmptyHash).append("\n").append(chunk_hash);
  return base::encodeHex(base::hmacSha256(signing.signing_key, text));
}

std::string trailerSignature(const ChunkSigning& signing, std::string_view previous, std::string_view trailer_text) {
  std::string text = "AWS4-HMAC-SHA256-TRAILER\n";
  text.append(signing.time_text).append("\n").append(signing.scope).append("\n").append(previous).append("\n");
  text += base::encodeHex(base::sha256(trailer_text));
  return base::encodeHex(base::hmacSha256(signing.signing_key, text));
}

}  // namespace

AwsChunkedDecoder::AwsChunkedDecoder(AwsChunkedOptions options) : options_(std::move(options)) {
  if (options_.signing) previous_signature_ = options_.signing->seed_signature;
}

AwsChunkedDecoder::~AwsChunkedDecoder() = default;

base::Result<bool> AwsChunkedDecoder::takeLine(std::string_view& in, std::size_t limit) {
  const std::size_t end = in.find('\n');
  line_.append(in.substr(0, std::min(end, limit + 1)));
  if (line_.size() > limit) return malformed("a line is too long.");
  if (end == std::string_view::npos) {
    in = {};
    return false;
  }
  in.remove_prefix(end + 1);
  // Clients are known that end trailing fields with a bare line feed; nothing hangs on it inside of a body.
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

base::Result<void> AwsChunkedDecoder::beginChunk() {
  // hexadecimal size [";chunk-signature=" 64 digits]
  const std::size_t semicolon = line_.find(';');
  const std::string_view size = std::string_view(line_).substr(0, semicolon);
  if (size.empty() || size.size() > 15) return malformed("a chunk's size is missing or too large.");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), left_, 16);
  if (error != std::errc() || end != size.data() + size.size() || size.front() == '-') {
    return malformed("a chunk's size is no hexadecimal number.");
  }
  chunk_signature_.clear();
  if (semicolon != std::string::npos) {
    std::string_view extension = std::string_view(line_).substr(semicolon + 1);
    constexpr std::string_view kName = "chunk-signature=";
    if (extension.starts_with(kName)) chunk_signature_ = extension.substr(kName.size());
  }
  line_.clear();
  if (options_.signing) {
    if (chunk_signature_.empty()) return malformed("a chunk has no signature.");
    digester_ = std::make_unique<base::Digester>(base::DigestSet{base::DigestKind::Sha256});
  }
  total_ += left_;
  if (options_.decoded_length && total_ > *options_.decoded_length) return incompleteBody();
  if (left_ > 0) {
    state_ = State::Data;
    return {};
  }
  TRY(endChunk());
  state_ = State::Trailer;
  return {};
}

base::Result<void> AwsChunkedDecoder::endChunk() {
  if (!options_.signing) return {};
  const std::string hash = base::encodeHex(digester_->finish().at(base::DigestKind::Sha256));
  const std::string expected = chunkSignature(*options_.signing, previous_signature_, hash);
  if (!equalConstantTime(expected, chunk_signature_)) return signatureDoesNotMatch(Dialect::S3);
  previous_signature_ = expected;
  return {};
}

base::Result<void> AwsChunkedDecoder::trailerLine() {
  if (line_.empty()) {
    state_ = State::Done;
    return checkTrailerSignature();
  }
  if (!options_.trailer) return malformed("something follows the last chunk.");
  const std::size_t colon = line_.find(':');
  if (colon == std::string::npos || colon == 0) return malformedTrailer();
  const std::string name = http::toLower(std::string_view(line_).substr(0, colon));
  std::string_view value = std::string_view(line_).substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (name == "x-amz-trailer-signature") {
    trailer_signature_ = value;
  } else {
    if (trailer_text_.size() + line_.size() > kMaxTrailerBytes) return malformedTrailer();
    trailer_text_.append(name).append(":").append(value).append("\n");
    trailers_.add(name, value);
  }
  line_.clear();
  return {};
}

base::Result<void> AwsChunkedDecoder::checkTrailerSignature() {
  if (!options_.signing || !options_.trailer) return {};
  const std::string expected = trailerSignature(*options_.signing, previous_signature_, trailer_text_);
  if (!equalConstantTime(expected, trailer_signature_)) return signatureDoesNotMatch(Dialect::S3);
  return {};
}

base::Result<void> AwsChunkedDecoder::feed(std::string_view in, std::string& out) {
  while (!in.empty()) {
    switch (state_) {
      case State::Size: {
        TRY_ASSIGN(const bool complete, takeLine(in, kMaxLineBytes));
        if (!complete) return {};
        TRY(beginChunk());
        break;
      }
      case State::Data: {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
        const std::string_view piece = in.substr(0, count);
        if (digester_) digester_->update(piece);
        out.append(piece);
        in.remove_prefix(count);
        left_ -= count;
        if (left_ == 0) {
          TRY(endChunk());
          state_ = State::DataEnd;
        }
        break;
      }
      case State::DataEnd: {
        TRY_ASSIGN(const bool complete, takeLine(in, 1));
        if (!complete) return {};
        if (!line_.empty()) return malformed("a chunk is longer than its size.");
        state_ = State::Size;
        break;
      }
      case State::Trailer: {
        TRY_ASSIGN(const bool complete, takeLine(in, kMaxTrailerBytes));
        if (!complete) return {};
        TRY(trailerLine());
        break;
      }
      case State::Done:
        return malformed("something follows its end.");
    }
  }
  return {};
}

base::Result<http::Headers> AwsChunkedDecoder::finish() {
  // Some clients leave out the very last empty line; what it ends is known to be complete then.
  if (state_ == State::Trailer && line_.empty()) {
    state_ = State::Done;
    TRY(checkTrailerSignature());
  }
  if (state_ != State::Done) return incompleteBody();
  if (options_.decoded_length && total_ != *options_.decoded_length) return incompleteBody();
  return std::move(trailers_);
}

std::string encodeAwsChunked(std::string_view body, std::size_t chunk_bytes, const ChunkSigning& signing,
                             const std::optional<http::Headers>& trailers) {
  std::string out;
  std::string previous = signing.seed_signature;
  auto chunk = [&](std::string_view data) {
    previous = chunkSignature(signing, previous, base::encodeHex(base::sha256(data)));
    char size[20];
    const auto [end, error] = std::to_chars(size, size + sizeof size, data.size(), 16);
    out.append(size, end).append(";chunk-signature=").append(previous).append("\r\n").append(data);
    if (!data.empty()) out += "\r\n";
  };
  for (; !body.empty(); body.remove_prefix(std::min(chunk_bytes, body.size()))) chunk(body.substr(0, chunk_bytes));
  chunk({});
  if (trailers) {
    std::string text;
    for (const http::Header& field : *trailers) {
      text.append(field.name).append(":").append(field.value).append("\n");
      out.append(field.name).append(":").append(field.value).append("\r\n");
    }
    out.append("x-amz-trailer-signature:").append(trailerSignature(signing, previous, text)).append("\r\n");
  }
  out += "\r\n";
  return out;
}

}  // namespace thimble::wire::sigv4
