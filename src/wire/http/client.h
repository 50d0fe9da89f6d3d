// An HTTP client for requests that the server makes for its users: integrations, webhooks, notifications.
//
// One thread runs all transfers; results come on it. Every address is checked after resolution, everything is bounded,
// redirects are not followed, and proxies of the environment are not used.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "wire/http/address_policy.h"
#include "wire/http/headers.h"

namespace thimble::wire::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http or https.
  Headers headers;  ///< Host and Content-Length are added; nothing else.
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{30'000};  ///< From the call to the answer's last byte.
  std::uint64_t max_response_bytes = std::uint64_t{10} << 20;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

struct ClientError {
  enum class Kind {
    BadRequest,  ///< The URL, method or a header is malformed, or the scheme is not http or https.
    Resolve,     ///< The name has no address.
    Forbidden,   ///< The address policy does not allow the address.
    Connect,
    Tls,
    Timeout,
    TooLarge,   ///< The answer is longer than `max_response_bytes`.
    Protocol,   ///< The answer is no HTTP, or it broke off.
    Cancelled,  ///< The client was destroyed.
  };
  Kind kind = Kind::Protocol;
  std::string message;  ///< For a user; names the host, never a header.
};

using ClientResult = base::Result<ClientResponse, ClientError>;

struct ClientOptions {
  AddressPolicy policy;
  int max_connections = 256;  ///< Further requests wait for one.
};

class Client {
 public:
  explicit Client(ClientOptions options = {});
  /// Requests that still run end with Cancelled before this returns.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `done` is called once, on the client's thread; it must not block.
  void send(ClientRequest request, std::function<void(ClientResult)> done);
  /// Waits for the result; not to be called on the client's thread.
  ClientResult sendAndWait(ClientRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::wire::http
