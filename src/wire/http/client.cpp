#include "wire/http/client.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "wire/http/curl.h"

namespace thimble::wire::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{256} << 10;
constexpr long kMostIdleConnections = 32;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

/// A request under way.
struct Transfer {
  ClientRequest request;
  std::function<void(ClientResult)> done;
  const AddressPolicy* policy = nullptr;
  std::unique_ptr<CURL, EasyDeleter> easy;
  std::unique_ptr<curl_slist, ListDeleter> fields;
  ClientResponse response;
  std::size_t header_bytes = 0;
  bool too_large = false;
  bool forbidden = false;
  char error_text[CURL_ERROR_SIZE] = "";
};

curl_socket_t openSocket(void* data, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(data);
  IpAddress ip;
  std::uint16_t port = 0;
  if (address->family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address->addr, sizeof v4);
    ip.bytes[10] = ip.bytes[11] = 0xff;
    std::memcpy(ip.bytes.data() + 12, &v4.sin_addr, 4);
    port = ntohs(v4.sin_port);
  } else if (address->family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address->addr, sizeof v6);
    std::memcpy(ip.bytes.data(), &v6.sin6_addr, 16);
    port = ntohs(v6.sin6_port);
  } else {
    transfer.forbidden = true;
    return CURL_SOCKET_BAD;
  }
  if (!transfer.policy->allows(ip, port)) {
    transfer.forbidden = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t onHeader(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  std::string_view line(data, size);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = true;
    return 0;
  }
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    transfer.response.headers = {};  // An interim answer's fields are not the answer's.
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return size;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  transfer.response.headers.add(line.substr(0, colon), value);
  return size;
}

std::size_t onBody(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.response.body.size() + size > transfer.request.max_response_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
  });
}

bool isLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

ClientError badRequest(std::string text) {
  return {ClientError::Kind::BadRequest, std::move(text)};
}

std::string hostOf(const std::string& url) {
  CURLU* parsed = curl().url();
  char* host = nullptr;
  std::string out;
  if (curl().url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl().url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    out = host;
    curl().free(host);
  }
  curl().url_cleanup(parsed);
  return out;
}

ClientError errorOf(const Transfer& transfer, CURLcode code) {
  using Kind = ClientError::Kind;
  const std::string host = hostOf(transfer.request.url);
  if (transfer.forbidden) return {Kind::Forbidden, "Connections to " + host + " are not allowed"};
  if (transfer.too_large) return {Kind::TooLarge, "The answer of " + host + " is too large"};
  const std::string text = transfer.error_text[0] != '\0' ? transfer.error_text : curl().easy_strerror(code);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Kind::BadRequest, text};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Kind::Resolve, text};
    case CURLE_COULDNT_CONNECT:
      return {Kind::Connect, text};
    case CURLE_OPERATION_TIMEDOUT:
      return {Kind::Timeout, text};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
      return {Kind::Tls, text};
    default:
      return {Kind::Protocol, text};
  }
}

/// Checks what curl would not, and fills the handle.
base::Result<void, ClientError> prepare(Transfer& transfer) {
  const ClientRequest& request = transfer.request;
  if (!isToken(request.method)) return badRequest("The method is malformed");
  if (!isLine(request.url) || request.url.find(' ') != std::string::npos) return badRequest("The URL is malformed");
  const std::string scheme = toLower(request.url.substr(0, request.url.find(':')));
  if (scheme != "http" && scheme != "https") return badRequest("Only http and https URLs can be called");
  curl_slist* fields = nullptr;
  auto append = [&](const std::string& line) { fields = curl().slist_append(fields, line.c_str()); };
  for (const Header& field : request.headers) {
    if (!isToken(field.name) || !isLine(field.value)) {
      curl().slist_free_all(fields);
      return badRequest("A header is malformed");
    }
    if (equalsIgnoringCase(field.name, "Content-Length") || equalsIgnoringCase(field.name, "Transfer-Encoding"))
      continue;
    append(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
  }
  // What curl would add by itself.
  append("Expect:");
  for (const char* name : {"Accept", "Content-Type"}) {
    if (!request.headers.contains(name)) append(std::string(name) + ":");
  }
  transfer.fields.reset(fields);

  CURL* easy = curl().easy_init();
  if (easy == nullptr) throw std::runtime_error("curl cannot make a handle");
  transfer.easy.reset(easy);
  curl().easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl().easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error_text);
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_PROXY, "");
  curl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl().easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, openSocket);
  curl().easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, onHeader);
  curl().easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, onBody);
  curl().easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl().easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.fields.get());
  const bool expects_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    curl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || expects_body) {
    curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl().easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  return {};
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given) : options(std::move(given)) {}

  void start();
  void run();
  void begin(std::unique_ptr<Transfer> transfer);
  void finish(CURL* easy, CURLcode code);

  ClientOptions options;
  std::mutex mutex;
  std::vector<std::unique_ptr<Transfer>> waiting;  // Guarded by mutex.
  bool started = false;                            // Guarded by mutex.
  bool stopping = false;                           // Guarded by mutex.
  CURLM* multi = nullptr;
  std::map<CURL*, std::unique_ptr<Transfer>> running;  // The thread's.
  std::thread thread;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() {
  bool started = false;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    started = impl_->started;
  }
  if (!started) return;
  curl().multi_wakeup(impl_->multi);
  impl_->thread.join();
  curl().multi_cleanup(impl_->multi);
}

// The thread begins with the first request: a server that calls nobody pays nothing.
void Client::Impl::start() {
  multi = curl().multi_init();
  if (multi == nullptr) throw std::runtime_error("curl cannot start");
  curl().multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.max_connections));
  curl().multi_setopt(multi, CURLMOPT_MAXCONNECTS, kMostIdleConnections);
  thread = std::thread([this] { run(); });
  started = true;
}

void Client::send(ClientRequest request, std::function<void(ClientResult)> done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->policy = &impl_->options.policy;
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->started) impl_->start();
    impl_->waiting.push_back(std::move(transfer));
  }
  curl().multi_wakeup(impl_->multi);
}

ClientResult Client::sendAndWait(ClientRequest request) {
  std::promise<ClientResult> promise;
  auto result = promise.get_future();
  send(std::move(request), [&](ClientResult outcome) { promise.set_value(std::move(outcome)); });
  return result.get();
}

void Client::Impl::begin(std::unique_ptr<Transfer> transfer) {
  if (auto prepared = prepare(*transfer); !prepared.ok()) {
    transfer->done(std::move(prepared).error());
    return;
  }
  CURL* const easy = transfer->easy.get();
  running[easy] = std::move(transfer);
  curl().multi_add_handle(multi, easy);
}

void Client::Impl::finish(CURL* easy, CURLcode code) {
  curl().multi_remove_handle(multi, easy);
  const auto found = running.find(easy);
  const std::unique_ptr<Transfer> transfer = std::move(found->second);
  running.erase(found);
  if (code != CURLE_OK) return transfer->done(errorOf(*transfer, code));
  long status = 0;
  curl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  transfer->response.status = static_cast<int>(status);
  transfer->done(std::move(transfer->response));
}

void Client::Impl::run() {
  while (true) {
    std::vector<std::unique_ptr<Transfer>> fresh;
    bool ending = false;
    {
      const std::lock_guard lock(mutex);
      fresh.swap(waiting);
      ending = stopping;
    }
    for (auto& transfer : fresh) {
      if (ending) {
        transfer->done(ClientError{ClientError::Kind::Cancelled, "The server is stopping"});
      } else {
        begin(std::move(transfer));
      }
    }
    if (ending) break;
    int active = 0;
    curl().multi_perform(multi, &active);
    int left = 0;
    while (CURLMsg* message = curl().multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
    curl().multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  while (!running.empty()) {
    const auto first = running.begin();
    curl().multi_remove_handle(multi, first->first);
    const std::unique_ptr<Transfer> transfer = std::move(first->second);
    running.erase(first);
    transfer->done(ClientError{ClientError::Kind::Cancelled, "The server is stopping"});
  }
}

}  // namespace thimble::wire::http
