// One client's connection (inside of the server; includes Asio).
//
// All members are touched on the connection's io thread only. Handlers on other threads reach it through an Exchange,
// which posts to that thread.
#pragma once

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "wire/http/body_receiver.h"
#include "wire/http/parser.h"
#include "wire/http/server.h"

namespace thimble::wire::http {

using SteadyTime = std::chrono::steady_clock::time_point;
using Socket = boost::asio::generic::stream_protocol::socket;

/// What all threads of a server share.
struct ServerShared {
  ServerOptions options;
  Handler* handler = nullptr;
  SpoolOptions spool;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> next_request_id{1};
  std::atomic<std::uint64_t> open{0}, accepted{0}, refused{0}, requests{0}, protocol_errors{0}, timeouts{0};
};

struct ListenerInfo {
  ListenerKind kind = ListenerKind::Loopback;
  std::string tag;
};

class Connection;

/// A thread with the connections that it owns.
struct IoThread : std::enable_shared_from_this<IoThread> {
  explicit IoThread(std::shared_ptr<ServerShared> all) : shared(std::move(all)), context(1), sweep(context) {}

  bool here() const { return std::this_thread::get_id() == thread.get_id(); }
  void scheduleSweep();
  void sweepNow();
  const std::string& dateField();

  std::shared_ptr<ServerShared> shared;
  boost::asio::io_context context;
  boost::asio::steady_timer sweep;
  std::vector<std::shared_ptr<Connection>> connections;
  std::string date_field;
  std::int64_t date_second = -1;
  std::thread thread;
};

class Exchange;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<IoThread> io, Socket socket, std::shared_ptr<const ListenerInfo> listener);
  ~Connection();

  void start();
  /// Ends idle connections at once, others after the request that runs.
  void beginStop();
  void close();
  void checkDeadline(SteadyTime now);

  /// The answer to exchange number `serial`; ignored when that is not the one under way.
  void answer(std::uint64_t serial, HttpResponse response);

  std::size_t index = 0;  ///< Place in IoThread::connections.

 private:
  friend class Exchange;
  enum class State { Head, Continue, Body, Handling, Writing, Draining, Closed };

  void read();
  void watch();
  void onRead(const boost::system::error_code& error, std::size_t count);
  void process();
  bool processHead();
  bool processBody();
  void beginBody();
  std::function<void()> whenSinkIsReady();
  void dispatch();
  void refuse(int status, std::string_view reason);
  void refuse(const base::ApiError& error);
  void peerClosed();

  void composeHead(const HttpResponse& response, bool has_body, std::optional<std::uint64_t> length);
  void pump();
  void pullMore();
  void onChunk(std::uint64_t serial, ByteSource::Chunk chunk);
  void write();
  void onWritten(const boost::system::error_code& error, std::size_t count);
  void finishResponse();
  void drain();

  std::size_t buffered() const { return end_ - begin_; }
  std::string_view buffer() const { return {buffer_.get() + begin_, buffered()}; }
  void makeRoom();
  void shrinkBuffer();
  void setDeadline(std::chrono::milliseconds from_now) { deadline_ = std::chrono::steady_clock::now() + from_now; }

  IoThread* io_;  // Outlives its connections: it owns them.
  std::weak_ptr<IoThread> weak_io_;
  Socket socket_;
  std::shared_ptr<const ListenerInfo> listener_;
  std::string peer_;
  std::uint16_t peer_port_ = 0;

  State state_ = State::Head;
  SteadyTime deadline_ = SteadyTime::max();
  bool reading_ = false;
  bool peer_closed_ = false;
  bool head_begun_ = false;

  // Bytes received and not yet used: buffer_[begin_, end_).
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  HeadSearch search_;

  // The request under way.
  std::uint64_t serial_ = 0;
  HttpRequest request_;
  Framing framing_;
  BodyPlan plan_;
  std::uint64_t body_left_ = 0;
  std::optional<ChunkedDecoder> chunked_;
  std::optional<BodyReceiver> receiver_;
  std::string body_scratch_;
  std::weak_ptr<Exchange> exchange_;
  bool head_request_ = false;
  bool http10_ = false;

  // The answer under way.
  std::string out_;          ///< Head, framing and small bodies.
  std::string out_body_;     ///< A longer body or a chunk, written after out_.
  std::string out_tail_;     ///< Framing after out_body_.
  std::size_t written_ = 0;  ///< Of the three together.
  bool writing_ = false;
  bool keep_after_ = true;
  bool response_refused_ = false;  ///< The request was not read to its end.
  std::shared_ptr<ByteSource> source_;
  std::optional<std::uint64_t> source_left_;  ///< With a known length.
  bool chunk_framing_ = false;
  bool pulling_ = false;
  bool source_done_ = false;
  std::optional<ByteSource::Chunk> chunk_;
  std::size_t pull_size_ = 0;
  SteadyTime write_began_{};
};

/// A handler's handle to one answer. Knows the connection weakly: a server may be gone before a handler answers.
class Exchange final : public Responder::Sink, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(const std::shared_ptr<Connection>& connection, std::uint64_t serial)
      : connection_(connection), io_(connection->weak_io_), serial_(serial) {}
  ~Exchange() override;

  void send(HttpResponse response) override;
  bool closed() const override { return closed_.load(std::memory_order_acquire); }
  void onClose(std::function<void()> action) override;

  /// On the io thread: the client has gone.
  void peerClosed();

 private:
  std::weak_ptr<Connection> connection_;
  std::weak_ptr<IoThread> io_;
  std::uint64_t serial_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> actions_;  // Guarded by mutex_.
};

}  // namespace thimble::wire::http
