// One connection of a function's runtime to the Runtime API: HTTP/1.1 with keep-alive, read without blocking.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/http/message.h"
#include "wire/http/parser.h"

namespace thimble::services::lambda::runtime {

/// The longest answer of a function: 6 MB and what AWS allows on top.
inline constexpr std::size_t kMaxResponseBytes = 6291556;

class ApiConnection {
 public:
  explicit ApiConnection(int descriptor) : descriptor_(descriptor) {}
  ~ApiConnection();
  ApiConnection(const ApiConnection&) = delete;
  ApiConnection& operator=(const ApiConnection&) = delete;

  int descriptor() const { return descriptor_; }

  enum class Status { Incomplete, Request, TooLarge, Closed };
  /// Reads what is there. Request: `request()` and `body()` hold one until next(). TooLarge: its body was longer than
  /// kMaxResponseBytes and has been thrown away.
  Status read();
  /// Goes on to a request that may be in the buffer already.
  Status next();

  const wire::http::HttpRequest& request() const { return request_; }
  std::string& body() { return body_; }

  /// Sends an answer; what the socket does not take at once is kept and sent by flush(). False: the other end is gone.
  bool answer(int status, std::string_view extra_headers, std::string_view body);
  bool flush();
  bool wantsToWrite() const { return !out_.empty(); }

 private:
  Status parse();
  Status parseBody();

  int descriptor_;
  std::string in_;
  std::string out_;
  bool head_done_ = false;
  wire::http::HeadSearch search_;
  wire::http::HttpRequest request_;
  wire::http::Framing framing_;
  wire::http::ChunkedDecoder chunked_;
  std::string body_;
  std::uint64_t body_seen_ = 0;
};

}  // namespace thimble::services::lambda::runtime
