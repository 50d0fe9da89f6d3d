// A connection's life, and the reading of requests.
#include "wire/http/connection.h"

#include <arpa/inet.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

namespace thimble::wire::http {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kBodyBuffer = std::size_t{64} << 10;

std::string peerAddress(const Socket& socket, std::uint16_t& port) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  char text[INET6_ADDRSTRLEN] = "";
  if (error) return text;
  if (endpoint.data()->sa_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, endpoint.data(), sizeof address);
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    port = ntohs(address.sin_port);
  } else if (endpoint.data()->sa_family == AF_INET6) {
    sockaddr_in6 address;
    std::memcpy(&address, endpoint.data(), sizeof address);
    ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
    port = ntohs(address.sin6_port);
  }
  return text;
}

}  // namespace

// ---- Connection: life

Connection::Connection(std::shared_ptr<IoThread> io, Socket socket, std::shared_ptr<const ListenerInfo> listener)
    : io_(io.get()), weak_io_(io), socket_(std::move(socket)), listener_(std::move(listener)) {
  peer_ = peerAddress(socket_, peer_port_);
}

Connection::~Connection() = default;

void Connection::start() {
  index = io_->connections.size();
  io_->connections.push_back(shared_from_this());
  setDeadline(io_->shared->options.idle_timeout);
  read();
}

void Connection::close() {
  if (state_ == State::Closed) return;
  const std::shared_ptr<Connection> self = shared_from_this();
  state_ = State::Closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (source_) std::exchange(source_, nullptr)->cancel();
  io_->connections[index] = std::move(io_->connections.back());
  io_->connections[index]->index = index;
  io_->connections.pop_back();
  io_->shared->open.fetch_sub(1);
  receiver_.reset();
  plan_ = {};
  if (const auto exchange = exchange_.lock()) exchange->peerClosed();
}

void Connection::beginStop() {
  if (state_ == State::Head && !head_begun_ && buffered() == 0) close();
}

void Connection::checkDeadline(SteadyTime now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::Head:
      if (!head_begun_) return close();
      io_->shared->timeouts.fetch_add(1);
      return refuse(408, "The request's head did not arrive in time");
    case State::Body:
      io_->shared->timeouts.fetch_add(1);
      return refuse(408, "The request's body did not arrive in time");
    case State::Continue:
    case State::Writing:
      io_->shared->timeouts.fetch_add(1);
      return close();
    case State::Draining:
      return close();
    case State::Handling:
    case State::Closed:
      return;
  }
}

// ---- Connection: reading

void Connection::makeRoom() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < capacity_) return;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
    end_ -= begin_;
    begin_ = 0;
    return;
  }
  const std::size_t capacity = capacity_ == 0 ? kFirstBuffer : capacity_ * 2;
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(buffer.get(), buffer_.get(), end_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

void Connection::shrinkBuffer() {
  if (reading_ || capacity_ <= kFirstBuffer || buffered() > 0) return;
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
}

void Connection::read() {
  if (reading_ || peer_closed_ || state_ == State::Closed) return;
  makeRoom();
  reading_ = true;
  socket_.async_read_some(asio::buffer(buffer_.get() + end_, capacity_ - end_),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
                            self->onRead(error, count);
                          });
}

// Keeps a read outstanding while an answer is made, to notice a client that goes. Pipelined bytes wait in the buffer;
// when a whole head's worth is there, no more are taken in.
void Connection::watch() {
  if (buffered() < io_->shared->options.head.max_bytes) read();
}

void Connection::onRead(const boost::system::error_code& error, std::size_t count) {
  reading_ = false;
  if (state_ == State::Closed) return;
  if (error) return peerClosed();
  end_ += count;
  switch (state_) {
    case State::Head:
    case State::Body:
      return process();
    case State::Draining:
      return drain();
    case State::Continue:
    case State::Handling:
    case State::Writing:
      return watch();
    case State::Closed:
      return;
  }
}

void Connection::peerClosed() {
  peer_closed_ = true;
  switch (state_) {
    case State::Handling:
      // The client may have shut down its sending side only; it gets its answer if one comes.
      if (const auto exchange = exchange_.lock()) exchange->peerClosed();
      return;
    case State::Writing:
      if (source_ && !source_left_) close();  // Nobody would ever end an open-ended stream.
      return;
    case State::Continue:
      return;
    default:
      return close();
  }
}

void Connection::process() {
  while (true) {
    if (state_ == State::Head) {
      if (!processHead()) return;
    } else if (state_ == State::Body) {
      if (!processBody()) return;
    } else {
      return;
    }
  }
}

// Each of these returns true when there is more to process at once.

bool Connection::processHead() {
  const ServerOptions& options = io_->shared->options;
  if (!head_begun_ && buffered() > 0) {
    head_begun_ = true;
    setDeadline(options.head_timeout);
  }
  // One empty line before a request is forgiven (RFC 9112, section 2.2).
  if (search_.scanned == 0 && buffer().starts_with("\r\n")) begin_ += 2;
  const bool maybe_empty_line = buffer() == "\r";
  const std::size_t length = maybe_empty_line ? 0 : search_.search(buffer(), options.head);
  if (search_.error) {
    refuse(search_.error->status, search_.error->reason);
    return false;
  }
  if (length == 0) {
    read();
    return false;
  }
  const std::string_view head = buffer().substr(0, length);
  request_ = {};
  framing_ = {};
  http10_ = head.find(" HTTP/1.0\r\n") < head.find("\r\n");
  if (auto error = parseHead(head, options.head, request_, framing_)) {
    refuse(error->status, error->reason);
    return false;
  }
  begin_ += length;
  search_ = {};
  request_.received = options.clock->now();
  request_.listener = listener_->kind;
  request_.listener_tag = listener_->tag;
  request_.peer = peer_;
  request_.peer_port = peer_port_;
  request_.id = io_->shared->next_request_id.fetch_add(1, std::memory_order_relaxed);
  head_request_ = request_.method == "HEAD";
  ++serial_;
  try {
    plan_ = io_->shared->handler->plan(request_);
  } catch (const std::exception&) {
    refuse(500, "The server failed");
    return false;
  }
  if (plan_.refuse) {
    HttpResponse response = std::move(*plan_.refuse);
    // The body will not be read, so where the next request begins is unknown; whoever waits to be asked for it shall
    // not take the answer for that.
    response.close = response.close || framing_.kind != Framing::Kind::None || framing_.expects_continue;
    state_ = State::Handling;
    answer(serial_, std::move(response));
    return false;
  }
  if (framing_.kind == Framing::Kind::Length && !plan_.decoder && framing_.length > plan_.max_bytes) {
    refuse(bodyTooLarge(plan_.max_bytes));
    return false;
  }
  beginBody();
  return state_ == State::Body;
}

void Connection::beginBody() {
  body_left_ = framing_.length;
  chunked_.reset();
  if (framing_.kind == Framing::Kind::Chunked) chunked_.emplace();
  // Where nothing follows too, as AWS does: a botocore that gets a final answer at once misreads the next on the
  // connection.
  const bool continues = framing_.expects_continue && buffered() == 0;
  if (framing_.kind == Framing::Kind::None && !plan_.decoder && !plan_.sink && !continues) return dispatch();
  receiver_.emplace(plan_, io_->shared->spool);
  state_ = State::Body;
  setDeadline(io_->shared->options.body_timeout);
  if (continues) {
    state_ = State::Continue;
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    write();
  }
}

bool Connection::processBody() {
  std::string_view in = buffer();
  const std::size_t before = in.size();
  base::Result<void> accepted;
  bool complete = framing_.kind == Framing::Kind::None;
  if (chunked_) {
    body_scratch_.clear();
    if (auto error = chunked_->feed(in, body_scratch_)) {
      refuse(error->status, error->reason);
      return false;
    }
    accepted = receiver_->accept(body_scratch_);
    complete = chunked_->done();
  } else if (!complete) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, in.size()));
    accepted = receiver_->accept(in.substr(0, count));
    in.remove_prefix(count);
    body_left_ -= count;
    complete = body_left_ == 0;
  }
  begin_ += before - in.size();
  if (accepted.ok() && complete) accepted = receiver_->finish(request_);
  if (!accepted.ok()) {
    refuse(accepted.error());
    return false;
  }
  if (complete) {
    if (chunked_ && !plan_.decoder) request_.trailers = std::move(chunked_->trailers());
    dispatch();
    return false;
  }
  setDeadline(io_->shared->options.body_timeout);
  if (!reading_ && buffered() == 0 && capacity_ < kBodyBuffer) {
    buffer_ = std::make_unique_for_overwrite<char[]>(kBodyBuffer);
    capacity_ = kBodyBuffer;
    begin_ = end_ = 0;
  }
  if (plan_.sink && !plan_.sink->ready(whenSinkIsReady())) {
    deadline_ = SteadyTime::max();  // The sink may take its time; only the client may not.
    return false;
  }
  read();
  return false;
}

std::function<void()> Connection::whenSinkIsReady() {
  return [weak = weak_from_this(), weak_io = weak_io_, serial = serial_] {
    const std::shared_ptr<IoThread> io = weak_io.lock();
    if (!io) return;
    asio::post(io->context, [weak, serial] {
      const auto self = weak.lock();
      if (!self || self->serial_ != serial || self->state_ != State::Body) return;
      self->setDeadline(self->io_->shared->options.body_timeout);
      self->read();
    });
  };
}

void Connection::dispatch() {
  receiver_.reset();
  body_scratch_ = {};
  shrinkBuffer();
  state_ = State::Handling;
  deadline_ = SteadyTime::max();
  io_->shared->requests.fetch_add(1, std::memory_order_relaxed);
  const auto exchange = std::make_shared<Exchange>(shared_from_this(), serial_);
  exchange_ = exchange;
  const Responder responder(exchange);
  try {
    io_->shared->handler->handle(std::move(request_), responder);
  } catch (const std::exception&) {
    responder.send({.status = 500, .headers = {{"Content-Type", "text/plain"}}, .body = "The server failed\n"});
  }
  // While the handler works, an outstanding read notices a client that goes.
  if (state_ == State::Handling) watch();
}

void Connection::refuse(int status, std::string_view reason) {
  io_->shared->protocol_errors.fetch_add(1, std::memory_order_relaxed);
  receiver_.reset();
  HttpResponse response;
  response.status = status;
  response.close = true;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::string(reason) + "\n";
  head_request_ = false;
  response_refused_ = true;
  state_ = State::Handling;
  answer(serial_, std::move(response));
}

void Connection::refuse(const base::ApiError& error) {
  if (!plan_.on_error) return refuse(error.http_status, error.message);
  io_->shared->protocol_errors.fetch_add(1, std::memory_order_relaxed);
  receiver_.reset();
  HttpResponse response = plan_.on_error(error);
  response.close = true;
  response_refused_ = true;
  state_ = State::Handling;
  answer(serial_, std::move(response));
}

}  // namespace thimble::wire::http
