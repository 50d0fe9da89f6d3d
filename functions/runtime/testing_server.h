// A small HTTP server for tests: answers each request with what the test's function returns. One thread, a free port.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thimble::function {

class TestingServer {
 public:
  struct Request {
    std::string head;  ///< Request line and headers.
    std::string body;
  };
  /// Returns the whole answer as it goes over the wire; an empty one closes the connection.
  using Answer = std::function<std::string(const Request&)>;

  explicit TestingServer(Answer answer) : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestingServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string ok(const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void serve() {
    while (!stopping_) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) continue;
      std::string buffer;
      while (!stopping_ && exchange(connection, buffer)) {
      }
      close(connection);
    }
  }

  bool exchange(int connection, std::string& buffer) {
    const auto more = [&] {
      char bytes[4096];
      const ssize_t size = recv(connection, bytes, sizeof bytes, 0);
      if (size > 0) buffer.append(bytes, static_cast<std::size_t>(size));
      return size > 0;
    };
    std::size_t end;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return false;
    }
    Request request{buffer.substr(0, end), {}};
    buffer.erase(0, end + 4);
    const std::size_t field = request.head.find("Content-Length: ");
    const std::size_t length = field == std::string::npos ? 0 : std::stoul(request.head.substr(field + 16));
    while (buffer.size() < length) {
      if (!more()) return false;
    }
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const std::string answer = answer_(request);
    return !answer.empty() && send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }

  Answer answer_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace thimble::function
