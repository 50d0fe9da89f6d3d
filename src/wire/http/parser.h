// HTTP/1.1 request heads and chunked bodies, read strictly (RFC 9112).
//
// Where the specification lets a recipient be lenient (bare LF, obs-fold, blanks before a colon, repeated lengths),
// this parser refuses: every leniency is a way to make two programs see different requests in the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/http/message.h"

namespace thimble::wire::http {

struct HeadLimits {
  std::size_t max_bytes = std::size_t{64} << 10;  ///< Request line and header fields together.
  std::size_t max_fields = 200;
};

/// How a request's body is delimited, and what else of the head is the connection's business.
struct Framing {
  enum class Kind { None, Length, Chunked };
  Kind kind = Kind::None;
  std::uint64_t length = 0;  ///< With Kind::Length.
  bool keep_alive = true;    ///< The client expects the connection to stay open.
  bool expects_continue = false;
};

/// Why a request is refused; the connection closes after the answer.
struct ProtocolError {
  int status = 400;
  std::string reason;
};

/// Looks for the end of a head. `scanned` is where to go on looking (0 at first). Returns the head's length with its
/// empty line, 0 when more bytes are needed, or an error as soon as the bytes cannot become a head.
struct HeadSearch {
  std::size_t scanned = 0;
  std::size_t line_begin = 0;
  std::optional<ProtocolError> error;

  std::size_t search(std::string_view buffer, const HeadLimits& limits);
};

/// Parses a complete head (with its empty line) into method, target and headers of `request`.
std::optional<ProtocolError> parseHead(std::string_view head, const HeadLimits& limits, HttpRequest& request,
                                       Framing& framing);

/// Parses field lines ("Name: value\r\n"...) without the empty line at their end.
std::optional<ProtocolError> parseFields(std::string_view lines, std::size_t max_fields, Headers& headers);

/// Undoes the chunked transfer coding piece by piece.
class ChunkedDecoder {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 1024;
  static constexpr std::size_t kMaxTrailerBytes = std::size_t{8} << 10;

  /// Takes bytes from the front of `in`, appends body bytes to `out`; stops at the end of the body, with the bytes of
  /// the next request left in `in`.
  std::optional<ProtocolError> feed(std::string_view& in, std::string& out);
  bool done() const { return state_ == State::Done; }
  Headers& trailers() { return trailers_; }

 private:
  enum class State { Size, Extension, SizeLineFeed, Data, DataReturn, DataLineFeed, Trailer, Done };

  State state_ = State::Size;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::string trailer_text_;
  HeadSearch trailer_search_;
  Headers trailers_;
};

/// The standard's phrase for a status code; "Unknown" when it has none.
std::string_view reasonPhrase(int status);

}  // namespace thimble::wire::http
