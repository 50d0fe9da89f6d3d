#include "wire/http/server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/encoding.h"
#include "wire/http/testing/raw_client.h"

namespace thimble::wire::http {
namespace {

using std::chrono::milliseconds;
using testing::RawClient;

/// A stream whose pieces the test gives by hand.
class HandFed final : public ByteSource {
 public:
  void pull(std::size_t, Ready ready) override {
    const std::lock_guard lock(mutex_);
    ready_ = std::move(ready);
    changed_.notify_all();
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  void give(std::string bytes, bool end = false) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ || cancelled_; });
    if (cancelled_) return;
    Ready ready = std::move(ready_);
    ready_ = nullptr;
    lock.unlock();
    ready({.bytes = std::move(bytes), .end = end});
  }
  void waitForCancel() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Ready ready_;
  bool cancelled_ = false;
};

/// Counts what comes, pauses after each piece until another thread lets it go on, and refuses an exclamation mark.
class CountingSink final : public BodySink {
 public:
  base::Result<void> accept(std::string_view bytes) override {
    count += bytes.size();
    ready_ = false;
    if (bytes.find('!') == std::string_view::npos) return {};
    return base::ApiError{"Refused", "no", 403};
  }
  bool ready(std::function<void()> resume) override {
    if (ready_) return true;
    ready_ = true;
    std::thread(std::move(resume)).detach();
    return false;
  }
  base::Result<void> finish() override {
    finished = true;
    return {};
  }
  std::size_t count = 0;
  bool finished = false;

 private:
  bool ready_ = true;
};

class TestHandler final : public Handler {
 public:
  BodyPlan plan(HttpRequest& head) override {
    BodyPlan plan;
    plan.max_bytes = 4 << 20;
    if (head.path() == "/small") plan.max_bytes = 10;
    if (head.path() == "/sum") plan.digests = {base::DigestKind::Sha256, base::DigestKind::Md5};
    if (head.path() == "/sink") {
      const auto sink = std::make_shared<CountingSink>();
      plan.sink = sink;
      head.context = sink;
    }
    if (head.path() == "/forbidden") plan.refuse = HttpResponse{.status = 403, .body = "no"};
    plan.on_error = [](const base::ApiError& error) {
      return HttpResponse{.status = error.http_status, .headers = {{"X-Code", error.code}}, .body = error.message};
    };
    return plan;
  }

  void handle(HttpRequest request, Responder responder) override {
    const std::string_view path = request.path();
    if (path == "/keep" || path == "/lost") {
      const std::lock_guard lock(mutex_);
      kept.push_back(std::move(responder));
      changed.notify_all();
      return;
    }
    if (path == "/throw") throw std::runtime_error("a bug");
    if (path == "/drop") return;
    if (path == "/sum") {
      std::string text = request.body.inFile() ? "file " : "memory ";
      text += base::encodeHex(request.body.digest(base::DigestKind::Sha256)) + " " +
              base::encodeHex(request.body.digest(base::DigestKind::Md5)) + " " +
              base::encodeHex(request.body.digest(base::DigestKind::Crc32));
      return responder.send({.body = text});
    }
    if (path == "/sink") {
      const auto sink = std::static_pointer_cast<CountingSink>(request.context);
      return responder.send({.body = std::to_string(sink->count) + (sink->finished ? " whole" : " cut") +
                                     (request.body.empty() ? "" : " kept")});
    }
    if (path == "/stream") return responder.send({.stream = stream});
    if (path == "/memory") return responder.send({.stream = memorySource(std::string(1'000'000, 'm'))});
    if (path == "/big") return responder.send({.body = std::string(8 << 20, 'b')});
    if (path == "/huge") return responder.send({.body = std::string(64 << 20, 'h')});
    if (path == "/split") return responder.send({.headers = {{"X-A", "a\r\nX-Evil: 1"}}});
    if (path == "/length") return responder.send({.headers = {{"Content-Length", "77"}}});
    if (path == "/none") return responder.send({.status = 204});
    if (path == "/who") {
      return responder.send({.body = std::to_string(static_cast<int>(request.listener)) + request.listener_tag});
    }
    responder.send({.body = request.method + " " + request.target + " " + *request.body.read(4 << 20)});
  }

  Responder take() {
    std::unique_lock lock(mutex_);
    changed.wait(lock, [&] { return !kept.empty(); });
    Responder responder = std::move(kept.back());
    kept.pop_back();
    return responder;
  }

  std::shared_ptr<HandFed> stream = std::make_shared<HandFed>();
  std::vector<Responder> kept;
  std::mutex mutex_;
  std::condition_variable changed;
};

class ServerTest : public ::testing::Test {
 protected:
  explicit ServerTest() {
    staging_ = std::filesystem::path(::testing::TempDir()) / ("http-" + std::to_string(::getpid()));
    std::filesystem::create_directories(staging_);
    options_.staging_folder = staging_;
    options_.spool_above = 1 << 16;
    options_.clock = &clock_;
  }
  ~ServerTest() override {
    server_.reset();
    std::filesystem::remove_all(staging_);
  }

  void start() {
    server_ = std::make_unique<Server>(options_, handler_);
    port_ = server_->port(server_->listenTcp("127.0.0.1", 0, ListenerKind::Loopback));
  }
  std::string ask(std::string_view bytes) {
    RawClient client(port_);
    client.send(bytes);
    return client.readAnswer();
  }

  platform::FakeClock clock_;  // At 1'700'000'000 s.
  std::filesystem::path staging_;
  ServerOptions options_;
  TestHandler handler_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    client.send("POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(client.readAnswer(),
              "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 13\r\n\r\nPOST /x?y abc");
  }
  EXPECT_EQ(server_->counters().connections_accepted, 1u);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  RawClient client(port_);
  client.send(
      "GET /keep HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /third HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
  std::thread([responder = handler_.take()] { responder.send({.body = "first"}); }).join();
  EXPECT_TRUE(client.readAnswer().ends_with("\r\n\r\nfirst"));
  EXPECT_TRUE(client.readAnswer().ends_with("GET /second "));
  EXPECT_TRUE(client.readAnswer().ends_with("POST /third hi"));
}

TEST_F(ServerTest, HeadNeverHasABody) {
  start();
  RawClient client(port_);
  client.send(
      "HEAD /length HTTP/1.1\r\nHost: a\r\n\r\nHEAD /memory HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: "
      "a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.readAnswer(false).find("Content-Length: 77\r\n"), std::string::npos);
  EXPECT_NE(client.readAnswer(false).find("Content-Length: 1000000\r\n"), std::string::npos);
  EXPECT_EQ(client.readAnswer(false).find("Content-Length"), std::string::npos);
  EXPECT_TRUE(client.readAnswer().ends_with("GET /x "));
}

TEST_F(ServerTest, ExpectContinue) {
  start();
  RawClient client(port_);
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.readAnswer(false), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_TRUE(client.readAnswer().ends_with("POST /x abc"));
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.readAnswer(false), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(client.readAnswer().ends_with("POST /x "));
  // A refused body is not asked for, and the connection closes because its bytes could be taken for a request.
  client.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const std::string refused = client.readToEnd();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403 ")) << refused;
  RawClient empty(port_);
  empty.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(empty.readToEnd().starts_with("HTTP/1.1 403 "));
}

TEST_F(ServerTest, LongBodiesAreSpooledAndHashedOnTheWay) {
  start();
  std::string body;
  for (int i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i);
  const std::string digests = base::encodeHex(base::sha256(body)) + " " + base::encodeHex(base::md5(body)) + " " +
                              base::encodeHex(base::digestOf(base::DigestKind::Crc32, body));
  RawClient client(port_);
  client.send("POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_TRUE(client.readAnswer().ends_with("file " + digests));
  std::string chunked = "POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 70'000) {
    const std::string piece = body.substr(at, 70'000);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    chunked += size + piece + "\r\n";
  }
  client.send(chunked + "0\r\n\r\n");
  EXPECT_TRUE(client.readAnswer().ends_with("file " + digests));
  server_.reset();  // Waits for the handler, which holds the file until it returns.
  EXPECT_TRUE(std::filesystem::is_empty(staging_));
}

TEST_F(ServerTest, ASinkTakesABodyInstead) {
  start();
  RawClient client(port_);
  const std::string body(3'000'000, 'x');
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body);
  EXPECT_TRUE(client.readAnswer().ends_with("3000000 whole"));
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_TRUE(client.readAnswer().ends_with("3 whole"));
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client.readAnswer().ends_with("0 whole"));
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc!");
  const std::string refused = client.readToEnd();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403 ")) << refused;
  EXPECT_TRUE(std::filesystem::is_empty(staging_));
}

TEST_F(ServerTest, ABodyHasAMaximum) {
  start();
  for (const char* request :
       {"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901",
        "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n",
        "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"}) {
    RawClient client(port_);
    client.send(request);
    const std::string answer = client.readToEnd();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_NE(answer.find("X-Code: RequestEntityTooLargeException"), std::string::npos);
  }
  EXPECT_TRUE(
      ask("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890").starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerTest, StreamsAnOpenEndAndNoticesWhenTheReaderGoes) {
  start();
  {
    RawClient client(port_);
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(client.readUntil("\r\n\r\n").find("Transfer-Encoding: chunked"), std::string::npos);
    handler_.stream->give("one");
    EXPECT_EQ(client.readUntil("one\r\n"), "3\r\none\r\n");
    handler_.stream->give("two", true);
    EXPECT_EQ(client.readUntil("0\r\n\r\n"), "3\r\ntwo\r\n0\r\n\r\n");
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.readAnswer().ends_with("GET /x "));
    handler_.stream = std::make_shared<HandFed>();
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    client.readUntil("\r\n\r\n");
  }
  handler_.stream->waitForCancel();
}

TEST_F(ServerTest, SendsLongAnswers) {
  start();
  RawClient client(port_);
  client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /memory HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(client.readAnswer().ends_with("\r\n\r\n" + std::string(8 << 20, 'b')));
  EXPECT_TRUE(client.readAnswer().ends_with("\r\n\r\n" + std::string(1'000'000, 'm')));
}

TEST_F(ServerTest, AHandlerCannotHangOrSplitAnAnswer) {
  start();
  EXPECT_TRUE(ask("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(ask("GET /drop HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(ask("GET /split HTTP/1.1\r\nHost: a\r\n\r\n").find("\r\nX-Evil"), std::string::npos);
}

TEST_F(ServerTest, TellsTheHandlerWhenTheClientGoes) {
  start();
  std::mutex mutex;
  std::condition_variable changed;
  bool gone = false;
  {
    RawClient client(port_);
    client.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    Responder responder = handler_.take();
    responder.onClose([&] {
      const std::lock_guard lock(mutex);
      gone = true;
      changed.notify_all();
    });
    EXPECT_FALSE(responder.closed());
    const std::lock_guard lock(handler_.mutex_);
    handler_.kept.push_back(responder);
  }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return gone; }));
  const Responder responder = handler_.take();
  EXPECT_TRUE(responder.closed());
  responder.send({});  // Comes to nothing.
}

TEST_F(ServerTest, SlowClientsAreDropped) {
  options_.head_timeout = milliseconds(40);
  options_.body_timeout = milliseconds(40);
  options_.idle_timeout = milliseconds(40);
  start();
  RawClient half_head(port_);
  half_head.send("GET / HTTP/1.1\r\nHo");
  RawClient half_body(port_);
  half_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  RawClient idle(port_);
  EXPECT_TRUE(half_head.readToEnd().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(half_body.readToEnd().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(idle.readToEnd(), "");
}

TEST_F(ServerTest, AReaderThatStallsIsCut) {
  options_.write_timeout = milliseconds(40);
  start();
  RawClient client(port_);
  client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
  // Not read until the server has given up: then the answer is cut short.
  while (server_->counters().timeouts == 0) std::this_thread::yield();
  EXPECT_LT(client.readToEnd().size(), 64u << 20);
}

TEST_F(ServerTest, TooManyConnectionsAreRefused) {
  options_.max_connections = 2;
  start();
  RawClient first(port_), second(port_);
  first.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  second.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  first.readAnswer();
  second.readAnswer();
  RawClient third(port_);
  EXPECT_TRUE(third.readToEnd().starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(server_->counters().connections_refused, 1u);
}

TEST_F(ServerTest, ManyIdleAndHalfHeadClientsDoNotStopANormalRequest) {
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    if (i % 2 == 0) clients.back()->send("GET / HT");
  }
  EXPECT_TRUE(ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("GET /x "));
}

TEST_F(ServerTest, StopsGracefully) {
  start();
  RawClient idle(port_), busy(port_);
  busy.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder responder = handler_.take();
  std::thread stopping([&] { EXPECT_TRUE(server_->stop(milliseconds(10'000))); });
  EXPECT_EQ(idle.readToEnd(), "");
  responder.send({.body = "done"});
  const std::string answer = busy.readToEnd();
  EXPECT_TRUE(answer.ends_with("done")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  stopping.join();
  EXPECT_THROW(RawClient{port_}, std::runtime_error);
}

TEST_F(ServerTest, StopCutsWhatDoesNotEnd) {
  start();
  RawClient busy(port_);
  busy.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder responder = handler_.take();
  EXPECT_FALSE(server_->stop(milliseconds(5)));
  EXPECT_EQ(busy.readToEnd(), "");
  responder.send({.body = "late"});
  server_.reset();
  responder.send({.body = "later"});
}

TEST_F(ServerTest, ListenersAreToldApart) {
  start();
  const auto sandbox = server_->listenTcp("127.0.0.1", 0, ListenerKind::Sandbox, "box-7");
  port_ = server_->port(sandbox);
  EXPECT_TRUE(ask("GET /who HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("1box-7"));
  const std::string path = staging_ / "socket";
  server_->listenUnix(path, ListenerKind::Public);
  EXPECT_TRUE(std::filesystem::is_socket(path));
  EXPECT_THROW(server_->listenTcp("not-an-address", 0, ListenerKind::Public), std::system_error);
  EXPECT_THROW(server_->listenTcp("127.0.0.1", port_, ListenerKind::Public), std::system_error);
  std::filesystem::remove(path);
}

TEST_F(ServerTest, AFullDiskIsAClearAnswer) {
  options_.staging_folder = staging_ / "missing";
  start();
  RawClient client(port_);
  client.send("POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_TRUE(client.readToEnd().starts_with("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace thimble::wire::http
