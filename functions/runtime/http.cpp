#include "functions/runtime/http.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "wire/http/parser.h"

namespace thimble::function {
namespace {

constexpr std::size_t kMaxHeadBytes = 64 * 1024;

struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
  std::string authority;  ///< For the Host header.
};

Url parseUrl(const std::string& text) {
  Url url;
  std::size_t begin = 7;
  if (text.starts_with("https://")) {
    url.tls = true;
    begin = 8;
  } else if (!text.starts_with("http://")) {
    throw HttpError("no HTTP address: " + text);
  }
  const std::size_t end = std::min(text.find_first_of("/?", begin), text.size());
  url.authority = text.substr(begin, end - begin);
  url.target = text.substr(end);
  if (url.target.empty() || url.target[0] == '?') url.target = "/" + url.target;
  if (url.authority.empty() || url.authority.find('@') != std::string::npos)
    throw HttpError("no HTTP address: " + text);
  const std::size_t colon = url.authority.rfind(':');
  const bool has_port = colon != std::string::npos && url.authority.find(']', colon) == std::string::npos;
  url.host = url.authority.substr(0, has_port ? colon : std::string::npos);
  url.port = has_port ? url.authority.substr(colon + 1) : url.tls ? "443" : "80";
  if (url.host.starts_with("[") && url.host.ends_with("]")) url.host = url.host.substr(1, url.host.size() - 2);
  return url;
}

bool refusesControls(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

int connectTo(const std::string& host, const std::string& port) {
  // Only the two that are part of the C library itself: a statically linked program must not load others.
  static const int configured = __nss_configure_lookup("hosts", "files dns");
  (void)configured;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // Loopback counts as no address for AI_ADDRCONFIG, so a numeric address is tried first without it.
  addrinfo numeric = hints;
  numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  if (getaddrinfo(host.c_str(), port.c_str(), &numeric, &found) != 0) {
    const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    if (error != 0) throw NotConnected("cannot find " + host + ": " + gai_strerror(error));
  }
  int descriptor = -1;
  int error = 0;
  for (const addrinfo* each = found; each != nullptr && descriptor < 0; each = each->ai_next) {
    descriptor = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) continue;
    if (connect(descriptor, each->ai_addr, each->ai_addrlen) != 0) {
      error = errno;
      close(descriptor);
      descriptor = -1;
    }
  }
  freeaddrinfo(found);
  if (descriptor < 0) throw NotConnected("cannot connect to " + host + ":" + port + ": " + std::strerror(error));
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

std::string tlsError() {
  char text[256] = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  return text;
}

/// The process's TLS context; certificates are read once, at the first https request.
SSL_CTX* tlsContext() {
  static SSL_CTX* context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    if (made == nullptr) throw HttpError("TLS: " + tlsError());
    SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    const char* given = std::getenv("SSL_CERT_FILE");
    const char* root = std::getenv("LAMBDA_TASK_ROOT");
    const std::string own = std::string(root != nullptr ? root : ".") + "/certificates.pem";
    for (const char* file :
         {given, own.c_str(), "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}) {
      if (file != nullptr && access(file, R_OK) == 0 && SSL_CTX_load_verify_locations(made, file, nullptr) == 1)
        return made;
    }
    throw HttpError("TLS: there are no certificates to trust");
  }();
  return context;
}

/// Bytes to and from one peer, with or without TLS.
class Stream {
 public:
  Stream(const Url& url, std::chrono::milliseconds timeout) : descriptor_(connectTo(url.host, url.port)) {
    setTimeout(timeout);
    if (!url.tls) return;
    tls_ = SSL_new(tlsContext());
    if (tls_ == nullptr || SSL_set_fd(tls_, descriptor_) != 1 ||
        SSL_set_tlsext_host_name(tls_, url.host.c_str()) != 1 || SSL_set1_host(tls_, url.host.c_str()) != 1) {
      fail("TLS: " + tlsError());
    }
    if (SSL_connect(tls_) != 1) {
      const long verified = SSL_get_verify_result(tls_);
      fail("TLS with " + url.host + ": " +
           (verified != X509_V_OK ? X509_verify_cert_error_string(verified) : tlsError()));
    }
  }
  ~Stream() { release(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void setTimeout(std::chrono::milliseconds timeout) {
    if (timeout_ == timeout) return;
    timeout_ = timeout;
    const timeval value{static_cast<time_t>(timeout.count() / 1000),
                        static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(),
                                                       static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)))
                                           : send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && tls_ == nullptr && errno == EINTR) continue;
      if (sent <= 0) throw HttpError("sending failed: " + std::string(std::strerror(errno)));
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Appends what comes; false at the end.
  bool read(std::string& out) {
    char buffer[64 * 1024];
    for (;;) {
      const ssize_t size =
          tls_ != nullptr ? SSL_read(tls_, buffer, sizeof buffer) : recv(descriptor_, buffer, sizeof buffer, 0);
      if (size > 0) {
        out.append(buffer, static_cast<std::size_t>(size));
        return true;
      }
      if (size < 0 && tls_ == nullptr && errno == EINTR) continue;
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw HttpError("no answer in time");
      if (size < 0 && tls_ == nullptr) throw HttpError(std::string("reading failed: ") + std::strerror(errno));
      return false;
    }
  }

 private:
  [[noreturn]] void fail(const std::string& message) {
    release();
    throw HttpError(message);
  }
  void release() {
    if (tls_ != nullptr) SSL_free(tls_);
    if (descriptor_ >= 0) close(descriptor_);
    tls_ = nullptr;
    descriptor_ = -1;
  }

  int descriptor_;
  std::optional<std::chrono::milliseconds> timeout_;
  SSL* tls_ = nullptr;
};

std::string writeHead(std::string_view method, std::string_view target, std::string_view authority,
                      const HeaderList& headers, std::size_t body_bytes, bool keep) {
  if (refusesControls(method) || refusesControls(target)) throw HttpError("a line break in a request's head");
  std::string head =
      std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(authority) + "\r\n";
  for (const auto& [name, value] : headers) {
    if (refusesControls(name) || refusesControls(value)) throw HttpError("a line break in the header " + name);
    head += name + ": " + value + "\r\n";
  }
  head += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
  if (!keep) head += "Connection: close\r\n";
  return head + "\r\n";
}

/// Reads one answer; `buffer` keeps what came after it.
HttpResponse readResponse(Stream& stream, std::string& buffer, std::size_t max_body_bytes, bool head_only) {
  HttpResponse response;
  std::size_t end;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (buffer.size() > kMaxHeadBytes) throw HttpError("the answer's head is too long");
    if (!stream.read(buffer)) throw HttpError("the connection ended before an answer");
  }
  const std::string head = buffer.substr(0, end);
  buffer.erase(0, end + 4);
  if (!head.starts_with("HTTP/1.") || head.size() < 12) throw HttpError("the answer is not HTTP");
  std::from_chars(head.data() + 9, head.data() + 12, response.status);
  for (std::size_t line = head.find("\r\n"); line != std::string::npos;) {
    const std::size_t next = head.find("\r\n", line + 2);
    const std::string text = head.substr(line + 2, next == std::string::npos ? next : next - line - 2);
    line = next;
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = text.find_first_not_of(" \t", colon + 1);
    response.headers.emplace_back(text.substr(0, colon), begin == std::string::npos ? "" : text.substr(begin));
  }
  if (response.status == 100) return readResponse(stream, buffer, max_body_bytes, head_only);
  if (head_only || response.status == 204 || response.status == 304) return response;
  const auto check = [&](std::size_t size) {
    if (size > max_body_bytes) throw HttpError("the answer is too long");
  };
  if (response.header("Transfer-Encoding").find("chunked") != std::string::npos) {
    wire::http::ChunkedDecoder decoder;
    for (;;) {
      std::string_view rest(buffer);
      if (const auto error = decoder.feed(rest, response.body))
        throw HttpError("the answer's chunks are broken: " + error->reason);
      buffer.erase(0, buffer.size() - rest.size());
      check(response.body.size());
      if (decoder.done()) return response;
      if (!stream.read(buffer)) throw HttpError("the answer was cut short");
    }
  }
  const std::string length_text = response.header("Content-Length");
  std::size_t length = 0;
  if (length_text.empty()) {
    while (stream.read(buffer)) check(buffer.size());
    response.body = std::exchange(buffer, {});
    return response;
  }
  const auto [parsed, error] = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (error != std::errc() || parsed != length_text.data() + length_text.size())
    throw HttpError("the answer's length is no number");
  check(length);
  while (buffer.size() < length) {
    if (!stream.read(buffer)) throw HttpError("the answer was cut short");
  }
  response.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return response;
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (const auto& [each, value] : headers) {
    if (std::equal(each.begin(), each.end(), name.begin(), name.end(),
                   [&](char a, char b) { return lower(a) == lower(b); }))
      return value;
  }
  return {};
}

HttpResponse fetch(const HttpRequest& request, const HttpLimits& limits) {
  const Url url = parseUrl(request.url);
  const std::string head =
      writeHead(request.method, url.target, url.authority, request.headers, request.body.size(), false);
  Stream stream(url, limits.timeout);
  stream.write(head + request.body);
  std::string buffer;
  return readResponse(stream, buffer, limits.max_body_bytes, request.method == "HEAD");
}

struct HttpConnection::State {
  std::string address;
  std::optional<Stream> stream;
  std::string buffer;
};

HttpConnection::HttpConnection(std::string address) : state_(std::make_unique<State>()) {
  state_->address = std::move(address);
}
HttpConnection::~HttpConnection() = default;

HttpResponse HttpConnection::send(std::string_view method, std::string_view target, const HeaderList& headers,
                                  std::string_view body, std::chrono::milliseconds timeout) {
  State& state = *state_;
  if (!state.stream) {
    state.buffer.clear();
    state.stream.emplace(parseUrl("http://" + state.address + "/"), timeout);
  }
  try {
    state.stream->setTimeout(timeout);
    state.stream->write(writeHead(method, target, state.address, headers, body.size(), true) + std::string(body));
    return readResponse(*state.stream, state.buffer, HttpLimits().max_body_bytes, false);
  } catch (...) {
    state.stream.reset();
    throw;
  }
}

}  // namespace thimble::function
