#include "wire/http/connection.h"

#include <arpa/inet.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <cstring>

namespace thimble::wire::http {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kBodyBuffer = std::size_t{64} << 10;
constexpr std::size_t kSmallBody = std::size_t{16} << 10;  // Copied behind the head, to be one buffer.
constexpr std::size_t kFirstPull = std::size_t{16} << 10;  // A slow reader costs no more than this.
constexpr std::size_t kMostPull = std::size_t{256} << 10;
constexpr auto kFastWrite = std::chrono::milliseconds(5);

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

void appendNumber(std::string& out, std::uint64_t number, int base = 10) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, base);
  out.append(digits, end);
}

// A handler that put a line break into a field must not be able to split the answer in two.
void appendFieldText(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += text;
  for (std::size_t i = begin; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) out[i] = ' ';
  }
}

void appendField(std::string& out, std::string_view name, std::string_view value) {
  appendFieldText(out, name);
  out += ": ";
  appendFieldText(out, value);
  out += "\r\n";
}

}  // namespace

// ---- IoThread

void IoThread::scheduleSweep() {
  const ServerOptions& options = shared->options;
  auto shortest = std::chrono::milliseconds(1000);
  for (auto each :
       {options.head_timeout, options.idle_timeout, options.body_timeout, options.write_timeout, options.linger}) {
    shortest = std::min(shortest, std::max(each / 4, std::chrono::milliseconds(5)));
  }
  sweep.expires_after(shortest);
  sweep.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    sweepNow();
    scheduleSweep();
  });
}

void IoThread::sweepNow() {
  const SteadyTime now = std::chrono::steady_clock::now();
  // Backwards, because a connection that closes is replaced by the last.
  for (std::size_t i = connections.size(); i-- > 0;) {
    if (i < connections.size()) {
      const std::shared_ptr<Connection> connection = connections[i];
      connection->checkDeadline(now);
    }
  }
}

const std::string& IoThread::dateField() {
  const base::Timestamp now = shared->options.clock->now();
  if (now.seconds() != date_second) {
    date_second = now.seconds();
    date_field = "Date: " + base::formatHttpDate(now) + "\r\n";
  }
  return date_field;
}

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
    // The body will not be read, so where the next request begins is unknown.
    response.close = response.close || framing_.kind != Framing::Kind::None;
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
  if (framing_.kind == Framing::Kind::None && !plan_.decoder && !plan_.sink) return dispatch();
  receiver_.emplace(plan_, io_->shared->spool);
  state_ = State::Body;
  setDeadline(io_->shared->options.body_timeout);
  if (framing_.expects_continue && buffered() == 0 && framing_.kind != Framing::Kind::None) {
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

// ---- Connection: answering

void Connection::composeHead(const HttpResponse& response, bool has_body, std::optional<std::uint64_t> length) {
  out_.clear();
  out_ += "HTTP/1.1 ";
  appendNumber(out_, static_cast<std::uint64_t>(response.status));
  out_ += ' ';
  out_ += reasonPhrase(response.status);
  out_ += "\r\n";
  bool own_length = false;
  for (const Header& field : response.headers) {
    if (equalsIgnoringCase(field.name, "Content-Length")) {
      // Only an answer without a body may speak of the length that the body would have had.
      if (has_body) continue;
      own_length = true;
    } else if (equalsIgnoringCase(field.name, "Transfer-Encoding") || equalsIgnoringCase(field.name, "Connection") ||
               equalsIgnoringCase(field.name, "Date")) {
      continue;
    }
    appendField(out_, field.name, field.value);
  }
  out_ += io_->dateField();
  chunk_framing_ = false;
  const bool never_a_body = response.status == 204 || response.status == 304 || response.status < 200;
  if (length) {
    if (!own_length && !never_a_body) {
      out_ += "Content-Length: ";
      appendNumber(out_, *length);
      out_ += "\r\n";
    }
  } else if (http10_) {
    keep_after_ = false;  // The end of the connection is the end of the body.
  } else if (has_body) {
    chunk_framing_ = true;
    out_ += "Transfer-Encoding: chunked\r\n";
  }
  if (!keep_after_) {
    out_ += "Connection: close\r\n";
  } else if (http10_) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += "\r\n";
}

void Connection::answer(std::uint64_t serial, HttpResponse response) {
  if (serial != serial_ || state_ != State::Handling) {
    if (response.stream) response.stream->cancel();
    return;
  }
  const bool never_a_body = response.status == 204 || response.status == 304 || response.status < 200;
  const bool has_body = !head_request_ && !never_a_body;
  keep_after_ = framing_.keep_alive && !response.close && !io_->shared->stopping.load(std::memory_order_relaxed);
  const std::optional<std::uint64_t> length =
      response.stream ? response.stream->size() : std::optional<std::uint64_t>(response.body.size());
  composeHead(response, has_body, length);
  state_ = State::Writing;
  out_body_.clear();
  out_tail_.clear();
  chunk_.reset();
  source_done_ = true;
  if (response.stream && has_body) {
    source_ = std::move(response.stream);
    source_left_ = length;
    source_done_ = false;
    pull_size_ = kFirstPull;
    pullMore();
    pump();
    return;
  }
  if (response.stream) response.stream->cancel();
  if (has_body) {
    if (response.body.size() <= kSmallBody) {
      out_ += response.body;
    } else {
      out_body_ = std::move(response.body);
    }
  }
  write();
}

void Connection::pullMore() {
  pulling_ = true;
  const std::shared_ptr<ByteSource> source = source_;
  source->pull(pull_size_, [weak = weak_from_this(), weak_io = weak_io_, serial = serial_](ByteSource::Chunk chunk) {
    const std::shared_ptr<IoThread> io = weak_io.lock();
    if (!io) return;
    if (io->here()) {
      if (const auto self = weak.lock()) self->onChunk(serial, std::move(chunk));
      return;
    }
    asio::post(io->context, [weak, serial, chunk = std::move(chunk)]() mutable {
      if (const auto self = weak.lock()) self->onChunk(serial, std::move(chunk));
    });
  });
}

void Connection::onChunk(std::uint64_t serial, ByteSource::Chunk chunk) {
  if (serial != serial_ || state_ != State::Writing || !pulling_) return;
  pulling_ = false;
  chunk_ = std::move(chunk);
  // A source may answer while it is asked; then answer() or onWritten() goes on.
  if (!writing_) pump();
}

// Writes what there is to write of a stream.
void Connection::pump() {
  if (writing_ || state_ != State::Writing) return;
  if (chunk_) {
    ByteSource::Chunk chunk = std::move(*chunk_);
    chunk_.reset();
    if (source_left_) {
      if (chunk.bytes.size() > *source_left_) return close();
      *source_left_ -= chunk.bytes.size();
      if (chunk.end && *source_left_ != 0) return close();
    }
    // A source that broke, or that answers with nothing though it goes on: the client must see a broken body.
    if (chunk.failed || (chunk.bytes.empty() && !chunk.end)) return close();
    if (chunk_framing_ && !chunk.bytes.empty()) {
      appendNumber(out_, chunk.bytes.size(), 16);
      out_ += "\r\n";
      out_tail_ = "\r\n";
    }
    if (chunk_framing_ && chunk.end) out_tail_ += "0\r\n\r\n";
    out_body_ = std::move(chunk.bytes);
    source_done_ = chunk.end;
    return write();
  }
  if (!out_.empty()) write();  // The head of a stream whose first bytes are not there yet.
}

void Connection::write() {
  const std::size_t first = out_.size();
  const std::size_t second = first + out_body_.size();
  const std::size_t total = second + out_tail_.size();
  if (written_ == 0) write_began_ = std::chrono::steady_clock::now();
  std::array<asio::const_buffer, 3> buffers;
  std::size_t count = 0;
  auto add = [&](const std::string& text, std::size_t begin) {
    if (written_ < begin + text.size()) {
      const std::size_t skip = written_ > begin ? written_ - begin : 0;
      buffers[count++] = asio::buffer(text.data() + skip, text.size() - skip);
    }
  };
  add(out_, 0);
  add(out_body_, first);
  add(out_tail_, second);
  if (written_ == total) return onWritten({}, 0);
  writing_ = true;
  setDeadline(io_->shared->options.write_timeout);
  auto done = [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
    self->onWritten(error, bytes);
  };
  if (count == 1) {
    socket_.async_write_some(buffers[0], std::move(done));
  } else {
    socket_.async_write_some(buffers, std::move(done));
  }
}

void Connection::onWritten(const boost::system::error_code& error, std::size_t count) {
  writing_ = false;
  if (state_ == State::Closed) return;
  if (error) return close();
  written_ += count;
  if (written_ < out_.size() + out_body_.size() + out_tail_.size()) return write();
  written_ = 0;
  out_.clear();
  out_tail_.clear();
  if (out_body_.capacity() > 0) out_body_ = std::string();
  if (state_ == State::Continue) {
    state_ = State::Body;
    setDeadline(io_->shared->options.body_timeout);
    if (peer_closed_ && buffered() == 0) return close();
    return process();
  }
  if (source_ && !source_done_) {
    deadline_ = SteadyTime::max();  // The source may take its time; only the client may not.
    const bool fast = std::chrono::steady_clock::now() - write_began_ < kFastWrite;
    pull_size_ = fast ? std::min(pull_size_ * 2, kMostPull) : kFirstPull;
    if (peer_closed_ && !source_left_) return close();
    watch();
    if (chunk_) return pump();
    if (!pulling_) pullMore();
    return;
  }
  finishResponse();
}

void Connection::finishResponse() {
  source_.reset();
  exchange_.reset();
  plan_ = {};
  if (out_.capacity() > kSmallBody) out_ = std::string();
  if (!keep_after_ || (peer_closed_ && buffered() == 0)) {
    // Shutting down before closing lets the client read the answer even when it is still sending.
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    if (peer_closed_ || (io_->shared->stopping.load() && !response_refused_)) return close();
    state_ = State::Draining;
    setDeadline(io_->shared->options.linger);
    return drain();
  }
  state_ = State::Head;
  head_begun_ = false;
  search_ = {};
  setDeadline(io_->shared->options.idle_timeout);
  if (buffered() == 0) {
    if (io_->shared->stopping.load(std::memory_order_relaxed)) return close();
    shrinkBuffer();
    return read();
  }
  process();
}

void Connection::drain() {
  begin_ = end_ = 0;
  read();
}

// ---- Exchange

Exchange::~Exchange() {
  if (answered_.load()) return;
  send({.status = 500, .headers = {{"Content-Type", "text/plain"}}, .body = "The request was dropped\n"});
}

void Exchange::send(HttpResponse response) {
  if (answered_.exchange(true)) {
    if (response.stream) response.stream->cancel();
    return;
  }
  const std::shared_ptr<IoThread> io = io_.lock();
  if (!io) return;
  if (io->here()) {
    if (const auto connection = connection_.lock()) connection->answer(serial_, std::move(response));
    return;
  }
  asio::post(io->context, [weak = connection_, serial = serial_, response = std::move(response)]() mutable {
    if (const auto connection = weak.lock()) connection->answer(serial, std::move(response));
  });
}

void Exchange::onClose(std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_.load()) {
      actions_.push_back(std::move(action));
      return;
    }
  }
  action();
}

void Exchange::peerClosed() {
  std::vector<std::function<void()>> actions;
  {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_release);
    actions.swap(actions_);
  }
  for (const auto& action : actions) action();
}

}  // namespace thimble::wire::http
