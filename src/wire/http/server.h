// The HTTP/1.1 server: listeners, connections, limits and time limits around a Handler.
//
// A few io threads each own their connections. A request is read whole (bounded, long bodies into a file), handed to
// the handler, and answered in order. Every limit has a clear answer, and every wait has an end:
//   head too long 431 (414 when it is the target) | too many fields 431 | ambiguous framing 400 | body too long 413
//   half a head after `head_timeout` 408 | a body that stalls 408 | too many connections 503 | a reader that stalls:
//   cut
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/clock.h"
#include "wire/http/message.h"
#include "wire/http/parser.h"

namespace thimble::wire::http {

struct ServerOptions {
  int io_threads = 2;
  std::size_t max_connections = 10'000;
  HeadLimits head;
  std::chrono::milliseconds head_timeout{10'000};      ///< From the first byte of a head to its last.
  std::chrono::milliseconds idle_timeout{75'000};      ///< Between requests.
  std::chrono::milliseconds body_timeout{30'000};      ///< Without any byte of a body.
  std::chrono::milliseconds write_timeout{60'000};     ///< Without the client taking any byte of an answer.
  std::chrono::milliseconds linger{2'000};             ///< How long a refused client's bytes are read and dropped.
  std::uint64_t spool_above = std::uint64_t{1} << 20;  ///< Longer bodies go to a file in `staging_folder`.
  std::string staging_folder = "/tmp";                 ///< Must exist. Files left by a crash are the owner's to clean.
  const platform::Clock* clock = nullptr;              ///< Required; of `HttpRequest::received` and of Date.
};

struct ServerCounters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< Over max_connections.
  std::uint64_t requests = 0;             ///< Handed to the handler.
  std::uint64_t protocol_errors = 0;      ///< Refused before the handler saw them.
  std::uint64_t timeouts = 0;
};

class Server {
 public:
  /// `handler` must live until the server is destroyed.
  Server(ServerOptions options, Handler& handler);
  /// Stops without waiting for running requests.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  using ListenerId = std::uint64_t;

  // Each of these begins to serve at once, from any thread, and throws std::system_error when it cannot.

  /// `host` is an IP address or "localhost" (127.0.0.1); port 0 takes a free one.
  ListenerId listenTcp(const std::string& host, std::uint16_t port, ListenerKind kind, std::string tag = {});
  /// Replaces a socket file that is there.
  ListenerId listenUnix(const std::string& path, ListenerKind kind, std::string tag = {});
  /// Takes over a bound, listening stream socket (for example one made inside of a sandbox).
  ListenerId listenDescriptor(int descriptor, ListenerKind kind, std::string tag = {});
  /// The port really bound; 0 for a unix socket or an unknown id.
  std::uint16_t port(ListenerId id) const;
  /// Takes no more connections there; those open stay.
  void removeListener(ListenerId id);

  /// Takes no more connections and requests, waits for running ones up to `deadline`, then cuts the rest. True when
  /// nothing had to be cut. The server cannot be started again.
  bool stop(std::chrono::milliseconds deadline);

  ServerCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::wire::http
