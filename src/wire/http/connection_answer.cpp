// A connection's answers: their heads, bodies and streams.
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <charconv>

#include "wire/http/connection.h"

namespace thimble::wire::http {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kSmallBody = std::size_t{16} << 10;  // Copied behind the head, to be one buffer.
constexpr std::size_t kFirstPull = std::size_t{16} << 10;  // A slow reader costs no more than this.
constexpr std::size_t kMostPull = std::size_t{256} << 10;
constexpr auto kFastWrite = std::chrono::milliseconds(5);

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
    if (peer_closed_ && buffered() == 0 && framing_.kind != Framing::Kind::None) return close();
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

}  // namespace thimble::wire::http
