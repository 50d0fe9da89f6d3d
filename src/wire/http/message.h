// Requests and answers of HTTP as plain values, and the handle by which a request is answered.
//
// A handler gets a request whole (body read, bounded and spooled) and a Responder. It may answer at once or keep the
// Responder and answer later from any thread. Answers to pipelined requests leave in the order of the requests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "wire/http/body.h"
#include "wire/http/headers.h"

namespace thimble::wire::http {

/// Where a connection came in. Loopback: programs of this machine. Sandbox: a function or a build; only credentials
/// that the server issued count there. Public: anyone; serves deployed APIs and the button only.
enum class ListenerKind { Loopback, Sandbox, Public };

struct HttpRequest {
  std::string method;  ///< As sent; methods are case-sensitive.
  std::string target;  ///< Path and query as sent, percent-encoding kept; begins with "/" (or is "*" for OPTIONS).
  Headers headers;
  Body body;                 ///< Transfer coding and aws-chunked framing are undone.
  Headers trailers;          ///< Trailing fields of a chunked or aws-chunked body.
  base::Timestamp received;  ///< When the head was complete.
  ListenerKind listener = ListenerKind::Loopback;
  std::string listener_tag;  ///< What the listener was added with, for example a sandbox's id.
  std::string peer;          ///< The client's IP address; empty on a unix socket.
  std::uint16_t peer_port = 0;
  std::uint64_t id = 0;           ///< Unique in this server's life.
  std::shared_ptr<void> context;  ///< The handler's own: what `plan` found out, kept for `handle`.

  /// The target up to the first "?".
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  /// The target after the first "?"; empty when there is none.
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  }
};

/// Bytes that are pulled piece by piece, so that a slow reader never makes the server hold them all.
class ByteSource {
 public:
  struct Chunk {
    std::string bytes;    ///< Empty only with `end` or `failed`.
    bool end = false;     ///< Nothing comes after these bytes.
    bool failed = false;  ///< The source broke; the connection is cut so that the client sees it.
  };
  using Ready = std::function<void(Chunk)>;

  virtual ~ByteSource() = default;
  /// Total length when it is known (sent as Content-Length); nothing for an open end (sent chunked).
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  /// Calls `ready` once, now or later, from any thread, with at most `max` bytes. Called again only after that.
  virtual void pull(std::size_t max, Ready ready) = 0;
  /// The reader has gone; a pending `ready` need not be called any more.
  virtual void cancel() {}
};

/// Bytes [offset, offset + length) of a file; `length` is the rest of the file when absent. Throws when it cannot be
/// opened. The file may be removed while it is read.
std::shared_ptr<ByteSource> fileSource(const std::string& path, std::uint64_t offset = 0,
                                       std::optional<std::uint64_t> length = std::nullopt);
std::shared_ptr<ByteSource> memorySource(std::string bytes);

struct HttpResponse {
  int status = 200;
  Headers headers;  ///< Content-Length, Transfer-Encoding, Connection and Date are the server's.
  std::string body;
  std::shared_ptr<ByteSource> stream;  ///< When set, sent instead of `body`.
  bool close = false;                  ///< Close the connection after this answer.
};

/// Answers one request, once. Copies are handles to the same answer. When the last copy goes without an answer, the
/// client gets a 500, so that a lost handler never hangs a client.
class Responder {
 public:
  /// The server's side of the handle.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void send(HttpResponse response) = 0;
    virtual bool closed() const = 0;
    virtual void onClose(std::function<void()> action) = 0;
  };

  Responder() = default;
  explicit Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}

  /// Sends the answer; from any thread. Only the first call counts.
  void send(HttpResponse response) const { sink_->send(std::move(response)); }
  /// True once the client has gone.
  bool closed() const { return sink_->closed(); }
  /// Calls `action` (once, on some thread) when the client goes before it was answered; at once if it has gone already.
  void onClose(std::function<void()> action) const { sink_->onClose(std::move(action)); }

 private:
  std::shared_ptr<Sink> sink_;
};

/// Undoes a framing inside of the body (aws-chunked) while it streams in.
class BodyDecoder {
 public:
  virtual ~BodyDecoder() = default;
  /// Appends the bytes decoded from `in` to `out`.
  virtual base::Result<void> feed(std::string_view in, std::string& out) = 0;
  /// The body has ended; an error when it ended in the middle. Returns trailing fields.
  virtual base::Result<Headers> finish() = 0;
};

/// Takes a body piece by piece as it arrives, instead of having it kept. Called on an io thread, and must not block.
/// When it is destroyed without finish(), the client has gone or the body was refused.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes, after decoding.
  virtual base::Result<void> accept(std::string_view bytes) = 0;
  /// Whether more may come now. When not, `resume` is called once, from any thread, as soon as more may.
  virtual bool ready(std::function<void()> resume) = 0;
  /// The body is whole; the handler is called next, with an empty body.
  virtual base::Result<void> finish() = 0;
};

/// What to do with a body, decided from the head before any of it is read.
struct BodyPlan {
  std::uint64_t max_bytes = std::uint64_t{1} << 20;  ///< A longer body (after decoding) is answered with 413.
  base::DigestSet digests;                           ///< Computed while a spooled body streams to its file.
  std::unique_ptr<BodyDecoder> decoder;              ///< Absent: the body is taken as it is.
  std::shared_ptr<BodySink> sink;                    ///< Absent: the body is kept for the handler.
  std::function<HttpResponse(const base::ApiError&)> on_error;  ///< Writes a decoder's or sink's error, or the 413.
  std::optional<HttpResponse> refuse;  ///< Answer at once instead; the connection closes if a body follows.
};

/// The program behind the server. Both are called on io threads and must not block.
class Handler {
 public:
  virtual ~Handler() = default;
  /// The head of a request is there (its body is empty). Decides about the body.
  virtual BodyPlan plan(HttpRequest& head) = 0;
  /// The request is there, with the `context` that `plan` left.
  virtual void handle(HttpRequest request, Responder responder) = 0;
};

}  // namespace thimble::wire::http
