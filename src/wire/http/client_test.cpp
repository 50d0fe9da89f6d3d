#include "wire/http/client.h"

#include <gtest/gtest.h>

#include <thread>

#include "wire/http/server.h"

namespace thimble::wire::http {
namespace {

using Kind = ClientError::Kind;

class Site final : public Handler {
 public:
  BodyPlan plan(HttpRequest&) override { return {.max_bytes = 1 << 20}; }
  void handle(HttpRequest request, Responder responder) override {
    ++requests;
    if (request.path() == "/redirect") {
      return responder.send({.status = 302, .headers = {{"Location", "http://169.254.169.254/"}}});
    }
    if (request.path() == "/big") return responder.send({.body = std::string(100'000, 'b')});
    if (request.path() == "/never") {
      kept = responder;
      return;
    }
    std::string text = request.method + " " + request.target + "\n";
    for (const Header& field : request.headers) text += field.name + ": " + field.value + "\n";
    responder.send({.headers = {{"X-Answer", "yes"}}, .body = text + *request.body.read(1 << 20)});
  }

  std::atomic<int> requests{0};
  Responder kept;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    ServerOptions options;
    options.clock = &clock_;
    options.staging_folder = ::testing::TempDir();
    server_ = std::make_unique<Server>(options, site_);
    port_ = server_->port(server_->listenTcp("127.0.0.1", 0, ListenerKind::Loopback));
    AddressPolicy local;
    local.allowed.push_back(*parseAddressRange("127.0.0.1:" + std::to_string(port_)));
    client_ = std::make_unique<Client>(ClientOptions{.policy = local});
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  platform::FakeClock clock_;
  Site site_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, SendsWhatItIsGivenAndNoMore) {
  const auto result = client_->sendAndWait({.method = "POST",
                                            .url = url("/a/../b%20c?d"),
                                            .headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/x"}},
                                            .body = "hello"});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->headers.get("x-answer"), "yes");
  EXPECT_EQ(result->body, "POST /a/../b%20c?d\nHost: 127.0.0.1:" + std::to_string(port_) +
                              "\nX-One: 1\nX-Empty: \nContent-Type: text/x\nContent-Length: 5\nhello");
}

TEST_F(ClientTest, Methods) {
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}) {
    const auto result = client_->sendAndWait({.method = method, .url = url("/m")});
    ASSERT_TRUE(result.ok()) << method << result.error().message;
    const std::string head = std::string_view(method) == "HEAD" ? "" : std::string(method) + " /m";
    EXPECT_TRUE(result->body.starts_with(head)) << result->body;
  }
}

TEST_F(ClientTest, RedirectsAreAnswersLikeOthers) {
  const auto result = client_->sendAndWait({.url = url("/redirect")});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->status, 302);
  EXPECT_EQ(site_.requests, 1);
}

TEST_F(ClientTest, IsBounded) {
  auto result = client_->sendAndWait({.url = url("/big"), .max_response_bytes = 99'999});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, Kind::TooLarge);
  result = client_->sendAndWait({.url = url("/never"), .timeout = std::chrono::milliseconds(30)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, Kind::Timeout);
}

TEST_F(ClientTest, MalformedRequestsAreNotSent) {
  const ClientRequest cases[] = {
      {.method = "GE T", .url = url("/")},
      {.method = "", .url = url("/")},
      {.url = url("/a\r\nX: y")},
      {.url = url("/a b")},
      {.url = "file:///etc/passwd"},
      {.url = "gopher://127.0.0.1/"},
      {.url = "ftp://127.0.0.1/"},
      {.url = "no url"},
      {.url = url("/"), .headers = {{"A: b", "c"}}},
      {.url = url("/"), .headers = {{"A", "b\r\nC: d"}}},
      {.url = "http://"},
  };
  for (const ClientRequest& each : cases) {
    const auto result = client_->sendAndWait(each);
    ASSERT_FALSE(result.ok()) << each.url;
    EXPECT_EQ(result.error().kind, Kind::BadRequest) << each.url << result.error().message;
  }
  EXPECT_EQ(site_.requests, 0);
}

TEST_F(ClientTest, NoSpellingOfAnInnerAddressGetsThrough) {
  const std::string port = std::to_string(port_);
  Client outside;  // The public internet only.
  const std::string hosts[] = {
      "127.0.0.1",         "localhost",       "127.1",      "0",         "0.0.0.0",  "2130706433",
      "0x7f000001",        "0177.0.0.1",      "127.0.0.1.", "[::1]",     "[::]",     "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",   "169.254.169.254", "[fe80::1]",  "[fd00::1]", "10.0.0.1", "192.168.0.1",
      "[64:ff9b::7f00:1]", "[2002:7f00:1::]"};
  for (const std::string& host : hosts) {
    const auto result = outside.sendAndWait({.url = "http://" + host + ":" + port + "/"});
    ASSERT_FALSE(result.ok()) << host;
    // Some spellings are no URL for curl, or have no address here; none may connect.
    EXPECT_TRUE(result.error().kind == Kind::Forbidden || result.error().kind == Kind::Resolve ||
                result.error().kind == Kind::BadRequest)
        << host << ": " << result.error().message;
  }
  // The allowed address with another port is not allowed.
  const auto other_port = client_->sendAndWait({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(other_port.ok());
  EXPECT_EQ(other_port.error().kind, Kind::Forbidden);
  EXPECT_EQ(site_.requests, 0);
}

TEST_F(ClientTest, DestructionCancels) {
  std::optional<ClientResult> result;
  client_->send({.url = url("/never")}, [&](ClientResult outcome) { result = std::move(outcome); });
  while (site_.requests == 0) std::this_thread::yield();
  client_.reset();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().kind, Kind::Cancelled);
  Client idle;  // Never used: nothing to stop.
}

TEST(AddressPolicy, PublicAddressesOnly) {
  const AddressPolicy policy;
  for (const char* text : {"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(policy.allows(*parseIpAddress(text), 443)) << text;
  }
  for (const char* text :
       {"0.0.0.0",        "10.1.2.3",        "100.64.0.1", "127.0.0.1",   "127.255.255.255", "169.254.169.254",
        "172.16.0.1",     "172.31.255.255",  "192.0.0.1",  "192.168.1.1", "198.18.0.1",      "203.0.113.1",
        "224.0.0.1",      "255.255.255.255", "::",         "::1",         "::ffff:10.0.0.1", "::10.0.0.1",
        "64:ff9b::a00:1", "fc00::1",         "fe80::1",    "ff02::1",     "2001::1",         "2001:db8::1",
        "2002:a00:1::",   "100::1"}) {
    EXPECT_FALSE(policy.allows(*parseIpAddress(text), 443)) << text;
    EXPECT_TRUE(AddressPolicy::everything().allows(*parseIpAddress(text), 443)) << text;
  }
}

TEST(AddressPolicy, Ranges) {
  struct Case {
    const char *range, *address;
    std::uint16_t port;
    bool inside;
  };
  const Case cases[] = {
      {"10.1.0.0/16", "10.1.255.3", 80, true},
      {"10.1.0.0/16", "10.2.0.0", 80, false},
      {"10.1.0.0/12", "10.15.0.0", 80, true},
      {"127.0.0.1:9000", "127.0.0.1", 9000, true},
      {"127.0.0.1:9000", "127.0.0.1", 9001, false},
      {"127.0.0.1:9000", "127.0.0.2", 9000, false},
      {"[::1]:80", "::1", 80, true},
      {"[::1]:80", "::1", 81, false},
      {"fd00::/8", "fdff::1", 1, true},
      {"fd00::/8", "fe00::1", 1, false},
      {"0.0.0.0/0", "8.8.8.8", 1, true},
      {"0.0.0.0/0", "::1", 1, false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(parseAddressRange(each.range)->contains(*parseIpAddress(each.address), each.port), each.inside)
        << each.range << " " << each.address;
  }
  for (const char* text : {"", "a", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "1.2.3.4:70000", "[::1]", "::1/129"}) {
    EXPECT_FALSE(parseAddressRange(text)) << text;
  }
}

}  // namespace
}  // namespace thimble::wire::http
