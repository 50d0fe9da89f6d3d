// The content coding "aws-chunked": a body in chunks, each with its signature, and checksums in trailing fields.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "wire/http/message.h"

namespace thimble::wire::sigv4 {

/// What the chunks' signatures hang on.
struct ChunkSigning {
  std::string signing_key;     ///< Raw.
  std::string time_text;       ///< The request's.
  std::string scope;           ///< "20130524/us-east-1/s3/aws4_request".
  std::string seed_signature;  ///< The request's own signature.
};

struct AwsChunkedOptions {
  std::optional<ChunkSigning> signing;          ///< Absent: chunk signatures, when there are any, are not checked.
  bool trailer = false;                         ///< Trailing fields may follow the last chunk.
  std::optional<std::uint64_t> decoded_length;  ///< X-Amz-Decoded-Content-Length: the body must be exactly as long.
};

class AwsChunkedDecoder final : public http::BodyDecoder {
 public:
  static constexpr std::size_t kMaxLineBytes = 1024;
  static constexpr std::size_t kMaxTrailerBytes = std::size_t{8} << 10;

  explicit AwsChunkedDecoder(AwsChunkedOptions options);
  ~AwsChunkedDecoder() override;

  base::Result<void> feed(std::string_view in, std::string& out) override;
  base::Result<http::Headers> finish() override;

 private:
  enum class State { Size, Data, DataEnd, Trailer, Done };

  /// Takes a line without its CR LF; nothing when it is not complete yet.
  base::Result<bool> takeLine(std::string_view& in, std::size_t limit);
  base::Result<void> beginChunk();
  base::Result<void> endChunk();
  base::Result<void> trailerLine();
  base::Result<void> checkTrailerSignature();

  AwsChunkedOptions options_;
  State state_ = State::Size;
  std::string line_;
  std::uint64_t left_ = 0;
  std::uint64_t total_ = 0;
  std::string chunk_signature_;
  std::string previous_signature_;
  std::unique_ptr<base::Digester> digester_;
  std::string trailer_text_;  ///< Canonical: "name:value\n"...
  std::string trailer_signature_;
  http::Headers trailers_;
};

/// Signs a body as one does on the client's side; for tests and our own clients. `trailers` makes the trailer form.
std::string encodeAwsChunked(std::string_view body, std::size_t chunk_bytes, const ChunkSigning& signing,
                             const std::optional<http::Headers>& trailers = std::nullopt);

}  // namespace thimble::wire::sigv4
