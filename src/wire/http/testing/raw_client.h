// A client for tests that says exactly the bytes it is given, well-formed or not.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thimble::wire::http::testing {

class RawClient {
 public:
  /// How long a test waits for bytes that should be there before it is called failed.
  static constexpr int kPatience = 10'000;

  explicit RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(descriptor_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawClient() { ::close(descriptor_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the other side has closed before all was sent.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finishSending() { ::shutdown(descriptor_, SHUT_WR); }

  /// Reads up to the end of the connection; throws when it stays open and silent.
  std::string readToEnd() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }

  /// Reads one answer with Content-Length (or without a body); empty when the connection ended first.
  std::string readAnswer(bool has_body = true) {
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return {};
    }
    end += 4;
    const std::size_t field = buffer_.find("Content-Length: ");
    if (has_body && field < end) end += std::stoul(buffer_.substr(field + 16));
    while (buffer_.size() < end) {
      if (!fill()) return {};
    }
    std::string answer = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return answer;
  }

  /// Reads until `text` has come; returns all up to and with it, or empty when the connection ended first.
  std::string readUntil(std::string_view text) {
    std::size_t at;
    while ((at = buffer_.find(text)) == std::string::npos) {
      if (!fill()) return {};
    }
    std::string out = buffer_.substr(0, at + text.size());
    buffer_.erase(0, out.size());
    return out;
  }

  int descriptor() const { return descriptor_; }

 private:
  bool fill() {
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, kPatience) == 0) throw std::runtime_error("no answer, and the connection stays open");
    char bytes[1 << 16];
    const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int descriptor_;
  std::string buffer_;
};

}  // namespace thimble::wire::http::testing
