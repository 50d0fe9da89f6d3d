// A small HTTP/1.1 client for functions: one request at a time, over TCP or TLS, with time and size bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble::function {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;     ///< "http://" or "https://", host, optional port, path and query, percent-encoded.
  HeaderList headers;  ///< Host and Content-Length are added.
  std::string body;
};

struct HttpResponse {
  int status = 0;
  HeaderList headers;  ///< As they came.
  std::string body;

  /// The first value of a header, names without regard to case; empty when there is none.
  std::string header(std::string_view name) const;
};

/// The request could not be made or its answer not be read: no connection, no trust, no time, no sense.
class HttpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No connection came about, so that nothing was sent.
class NotConnected : public HttpError {
 public:
  using HttpError::HttpError;
};

struct HttpLimits {
  std::chrono::milliseconds timeout{10'000};           ///< For the whole exchange's every wait.
  std::size_t max_body_bytes = std::size_t{16} << 20;  ///< Of the answer.
};

/// Makes a request over a connection of its own. Throws HttpError. A server's certificate is verified against, in this
/// order: $SSL_CERT_FILE, the function's own certificates.pem, the machine's.
HttpResponse fetch(const HttpRequest& request, const HttpLimits& limits = {});

/// A connection that stays open for further requests to the same address.
class HttpConnection {
 public:
  /// `address` is "host:port", without TLS. Connects at the first request.
  explicit HttpConnection(std::string address);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// `target` is the path. A timeout of zero waits without end.
  HttpResponse send(std::string_view method, std::string_view target, const HeaderList& headers, std::string_view body,
                    std::chrono::milliseconds timeout = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thimble::function
