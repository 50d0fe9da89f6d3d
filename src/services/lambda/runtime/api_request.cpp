#include "services/lambda/runtime/api_request.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace thimble::services::lambda::runtime {

ApiConnection::~ApiConnection() {
  close(descriptor_);
}

ApiConnection::Status ApiConnection::read() {
  for (;;) {
    char buffer[64 * 1024];
    const ssize_t size = recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Status::Incomplete;
    if (size <= 0) return Status::Closed;
    in_.append(buffer, static_cast<std::size_t>(size));
    const Status status = parse();
    if (status != Status::Incomplete) return status;
  }
}

ApiConnection::Status ApiConnection::next() {
  head_done_ = false;
  search_ = {};
  request_ = {};
  framing_ = {};
  chunked_ = {};
  body_.clear();
  body_seen_ = 0;
  return in_.empty() ? Status::Incomplete : parse();
}

ApiConnection::Status ApiConnection::parse() {
  const wire::http::HeadLimits limits;
  if (!head_done_) {
    const std::size_t size = search_.search(in_, limits);
    if (search_.error) return Status::Closed;
    if (size == 0) return Status::Incomplete;
    if (wire::http::parseHead(std::string_view(in_).substr(0, size), limits, request_, framing_)) return Status::Closed;
    in_.erase(0, size);
    head_done_ = true;
    if (framing_.expects_continue) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      if (!flush()) return Status::Closed;
    }
  }
  return parseBody();
}

ApiConnection::Status ApiConnection::parseBody() {
  using Kind = wire::http::Framing::Kind;
  std::string piece;
  bool done = true;
  if (framing_.kind == Kind::Length) {
    const std::size_t take =
        static_cast<std::size_t>(std::min<std::uint64_t>(framing_.length - body_seen_, in_.size()));
    piece = in_.substr(0, take);
    in_.erase(0, take);
    done = body_seen_ + take == framing_.length;
  } else if (framing_.kind == Kind::Chunked) {
    std::string_view rest(in_);
    if (chunked_.feed(rest, piece)) return Status::Closed;
    in_.erase(0, in_.size() - rest.size());
    done = chunked_.done();
  }
  body_seen_ += piece.size();
  // What is too long is read to its end, so that the answer can be given, and forgotten.
  if (body_seen_ <= kMaxResponseBytes) {
    body_ += piece;
  } else {
    body_.clear();
  }
  if (!done) return Status::Incomplete;
  return body_seen_ > kMaxResponseBytes ? Status::TooLarge : Status::Request;
}

bool ApiConnection::answer(int status, std::string_view extra_headers, std::string_view body) {
  out_ += "HTTP/1.1 " + std::to_string(status) + " ";
  out_ += wire::http::reasonPhrase(status);
  out_ += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  out_ += extra_headers;
  out_ += "\r\n";
  out_ += body;
  return flush();
}

bool ApiConnection::flush() {
  while (!out_.empty()) {
    const ssize_t sent = send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    out_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace thimble::services::lambda::runtime
