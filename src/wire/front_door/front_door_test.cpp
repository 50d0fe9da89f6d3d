// The front door over real sockets: what leaves towards the doorway, what comes back, and what is kept out.
#include "wire/front_door/front_door.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>

#include "base/encoding.h"
#include "wire/front_door/origin_check.h"
#include "wire/http/server.h"
#include "wire/http/testing/raw_client.h"
#include "wire/sigv4/aws_chunked.h"

namespace thimble::wire {
namespace {

using http::ListenerKind;
using http::testing::RawClient;

/// Lets every request in, and undoes aws-chunked where it is declared.
class OpenDoor final : public Authenticator {
 public:
  base::Result<Admission> begin(const http::HttpRequest& head, const shapes::Service&,
                                const shapes::Operation*) override {
    if (head.headers.get("x-deny") == "head") return base::ApiError{"AccessDenied", "Access Denied", 403};
    Admission admission;
    admission.state = std::make_shared<int>(0);
    if (head.headers.get("x-amz-content-sha256").starts_with("STREAMING-")) {
      admission.decoder = std::make_unique<sigv4::AwsChunkedDecoder>(sigv4::AwsChunkedOptions{.trailer = true});
    }
    return admission;
  }
  base::Result<std::shared_ptr<const void>> finish(const std::shared_ptr<const void>&, const http::HttpRequest& request,
                                                   const shapes::Operation&) override {
    if (request.headers.get("x-deny") == "body") return base::ApiError{"AccessDenied", "Access Denied", 403};
    return std::shared_ptr<const void>(std::make_shared<int>(1));
  }
};

/// Remembers calls, and answers what the test says.
class Recorder final : public CallSink {
 public:
  void call(WireCall call, std::function<void(WireOutcome)> done) override {
    std::string text = std::string(call.operation->service->name) + ":" + std::string(call.operation->name) + " " +
                       call.region + " " + call.input.write();
    if (call.body) text += " body=" + call.body->readAll();
    {
      const std::lock_guard lock(mutex);
      calls.push_back(text);
    }
    done(outcome);
  }
  std::mutex mutex;
  std::vector<std::string> calls;
  WireOutcome outcome = WireAnswer{base::Json::object(), nullptr, 0};
};

std::string authorization(const std::string& service) {
  return "Authorization: AWS4-HMAC-SHA256 Credential=test/20261123/eu-west-1/" + service +
         "/aws4_request, SignedHeaders=host, Signature=00\r\n";
}

class FrontDoorTest : public ::testing::Test {
 protected:
  FrontDoorTest() {
    staging_ = std::filesystem::path(::testing::TempDir()) / ("front-" + std::to_string(::getpid()));
    std::filesystem::create_directories(staging_);
    RawHandlers raw;
    raw.own_page = [](const http::HttpRequest&, const http::Responder& responder) { responder.send({.body = "page"}); };
    raw.deployed_api = [](const http::HttpRequest&, const Route::Api& api, const http::Responder& responder) {
      responder.send({.body = "api " + api.id + " " + api.target});
    };
    raw.public_page = [](std::string_view path) { return path.starts_with("/_thimble/button/"); };
    FrontDoorOptions options;
    options.host_names = {"thimble.example"};
    options.max_api_bytes = 100;
    options.max_form_bytes = 1000;
    door_ = std::make_unique<FrontDoor>(options, authenticator_, recorder_, random_, raw);
    http::ServerOptions server;
    server.clock = &clock_;
    server.staging_folder = staging_;
    server.spool_above = 1000;
    server_ = std::make_unique<http::Server>(server, *door_);
    port_ = server_->port(server_->listenTcp("127.0.0.1", 0, ListenerKind::Loopback));
    public_port_ = server_->port(server_->listenTcp("127.0.0.1", 0, ListenerKind::Public));
    sandbox_port_ = server_->port(server_->listenTcp("127.0.0.1", 0, ListenerKind::Sandbox));
  }
  ~FrontDoorTest() override {
    server_.reset();
    std::filesystem::remove_all(staging_);
  }

  static std::string ask(std::uint16_t port, const std::string& bytes) {
    RawClient client(port);
    client.send(bytes);
    const bool head = bytes.starts_with("HEAD");
    return client.readAnswer(!head);
  }
  std::string ask(const std::string& bytes) const { return ask(port_, bytes); }
  static std::string post(const std::string& fields, const std::string& body, const std::string& target = "/") {
    return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
  }
  std::vector<std::string> takeCalls() {
    const std::lock_guard lock(recorder_.mutex);
    return std::exchange(recorder_.calls, {});
  }

  std::filesystem::path staging_;
  platform::FakeClock clock_;
  platform::SeededRandom random_{7};
  OpenDoor authenticator_;
  Recorder recorder_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::uint16_t public_port_ = 0;
  std::uint16_t sandbox_port_ = 0;
};

TEST_F(FrontDoorTest, ReadsCallsOfTheProtocols) {
  ask(post(authorization("sts") + "Content-Type: application/x-www-form-urlencoded\r\n",
           "Action=AssumeRole&Version=2011-06-15&RoleArn=arn&RoleSessionName=a%20b"));
  ask("PUT /bucket/a/key%20x HTTP/1.1\r\nHost: localhost:4566\r\nContent-Length: 5\r\nx-amz-meta-a: b\r\n" +
      authorization("s3") + "\r\nhello");
  ask("PUT /key HTTP/1.1\r\nHost: bucket.s3.localhost:4566\r\nContent-Length: 2\r\n" + authorization("s3") + "\r\nhi");
  EXPECT_EQ(
      takeCalls(),
      (std::vector<std::string>{
          R"(sts:AssumeRole eu-west-1 {"RoleArn":"arn","RoleSessionName":"a b"})",
          R"(s3:PutObject eu-west-1 {"Bucket":"bucket","ContentLength":5,"Key":"a/key x","Metadata":{"a":"b"}} body=hello)",
          R"(s3:PutObject eu-west-1 {"Bucket":"bucket","ContentLength":2,"Key":"key"} body=hi)"}));
}

TEST_F(FrontDoorTest, StreamsWithTrailersBecomeBodiesAndHeaders) {
  const std::string body = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
  ask("PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nContent-Encoding: gzip, aws-chunked\r\n" +
      authorization("s3") + "\r\n" + body);
  const auto calls = takeCalls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_NE(calls[0].find(R"("ChecksumCRC32":"DUoRhQ==")"), std::string::npos) << calls[0];
  EXPECT_NE(calls[0].find(R"("ContentEncoding":"gzip")"), std::string::npos) << calls[0];
  EXPECT_TRUE(calls[0].ends_with(" body=hello world")) << calls[0];
}

TEST_F(FrontDoorTest, LongPayloadsComeFromAFile) {
  const std::string body(100'000, 'x');
  ask("PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n" + authorization("s3") + "\r\n" + body);
  const auto calls = takeCalls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_TRUE(calls[0].ends_with(body));
  server_.reset();  // Waits for the handler, which holds the file until it returns.
  EXPECT_TRUE(std::filesystem::is_empty(staging_));
}

TEST_F(FrontDoorTest, AnswersCarryRequestIds) {
  std::string answer = ask(post(authorization("sts") + "Content-Type: application/x-www-form-urlencoded\r\n",
                                "Action=GetCallerIdentity&Version=2011-06-15"));
  const std::size_t at = answer.find("x-amzn-RequestId: ");
  ASSERT_NE(at, std::string::npos) << answer;
  const std::string id = answer.substr(at + 18, 36);
  EXPECT_NE(answer.find("<RequestId>" + id + "</RequestId>"), std::string::npos) << answer;
  answer = ask("GET /b/k HTTP/1.1\r\nHost: localhost\r\n" + authorization("s3") + "\r\n");
  EXPECT_NE(answer.find("x-amz-request-id: "), std::string::npos);
  EXPECT_NE(answer.find("x-amz-id-2: "), std::string::npos);
  recorder_.outcome = base::ApiError{"NoSuchKey", "The specified key does not exist.", 404};
  answer = ask("GET /b/k HTTP/1.1\r\nHost: localhost\r\n" + authorization("s3") + "\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
  EXPECT_NE(answer.find("<Code>NoSuchKey</Code>"), std::string::npos) << answer;
  EXPECT_NE(answer.find("x-amz-request-id: "), std::string::npos);
}

TEST_F(FrontDoorTest, PayloadsStreamOutAndHeadsTellTheirLength) {
  recorder_.outcome = WireAnswer{base::Json::object({{"ContentLength", 200'000}}),
                                 std::make_shared<platform::MemoryBytes>(std::string(200'000, 'y')), 0};
  const std::string answer = ask("GET /b/k HTTP/1.1\r\nHost: localhost\r\n" + authorization("s3") + "\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(200'000, 'y')));
  recorder_.outcome = WireAnswer{base::Json::object({{"ContentLength", 200'000}}), nullptr, 0};
  const std::string head = ask("HEAD /b/k HTTP/1.1\r\nHost: localhost\r\n" + authorization("s3") + "\r\n");
  EXPECT_NE(head.find("Content-Length: 200000\r\n"), std::string::npos) << head;
}

TEST_F(FrontDoorTest, RefusalsSpeakTheServicesProtocol) {
  struct Case {
    const char* name;
    std::string request;
    int status;
    const char* text;
  };
  const Case cases[] = {
      {"denied by the head, XML",
       "GET /b HTTP/1.1\r\nHost: localhost\r\nx-deny: head\r\n" + authorization("s3") + "\r\n", 403,
       "<Code>AccessDenied</Code>"},
      {"denied by the body, query",
       post(authorization("sts") + "x-deny: body\r\n", "Action=GetCallerIdentity&Version=2011-06-15"), 403,
       "<Code>AccessDenied</Code>"},
      {"an unknown action", post(authorization("sts"), "Action=Nothing&Version=2011-06-15"), 400,
       "<Code>InvalidAction</Code>"},
      {"a service that is not there", post(authorization("polly"), "{}", "/v1/speech"), 501, "NotImplemented"},
      {"a form that is too long", post(authorization("sts"), "Action=" + std::string(2000, 'a')), 413, "Request"},
      {"an API's body that is too long", post("", std::string(101, 'a'), "/restapis/a/s/_user_request_/p"), 413,
       R"({"message":"Request Too Long"})"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const std::string answer = ask(each.request);
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 " + std::to_string(each.status) + " ") << answer;
    EXPECT_NE(answer.find(each.text), std::string::npos) << answer;
  }
  EXPECT_TRUE(takeCalls().empty());
}

// As DynamoDB's endpoint answers, which its clients look for.
TEST_F(FrontDoorTest, WhatNamesNoOperation) {
  struct Case {
    const char* name;
    std::string request;
    int status;
    const char* body;
  };
  const std::string unknown = "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}";
  const Case cases[] = {
      {"nothing", post("", ""), 400, unknown.c_str()},
      {"a method", "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 404,
       "<UnknownOperationException/>\n"},
      {"a media type", post("Content-Type: application/x-amz-json-1.1\r\n", "{}"), 404,
       "<UnknownOperationException/>\n"},
      {"JSON", post("Content-Type: application/json; charset=utf-8\r\n", "{}"), 400, unknown.c_str()},
      {"no JSON", post("Content-Type: application/x-amz-json-1.0\r\n", "{"), 400,
       R"({"__type":"com.amazon.coral.service#SerializationException"})"},
      {"an unknown operation", post("X-Amz-Target: DynamoDB_20120810.ListTable\r\n", "{}"), 404,
       "<UnknownOperationException/>\n"},
      {"an unknown target", post("X-Amz-Target: x\r\nContent-Type: application/json\r\n", "{}"), 400, unknown.c_str()},
      {"health", "GET / HTTP/1.1\r\nHost: localhost\r\n" + authorization("dynamodb") + "\r\n", 200,
       "healthy: dynamodb.eu-west-1.amazonaws.com "},
      {"health, asked by nobody", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200,
       "healthy: dynamodb.us-east-1.amazonaws.com "},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const std::string answer = ask(each.request);
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 " + std::to_string(each.status) + " ") << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(each.body))) << answer;
    EXPECT_NE(answer.find("x-amz-crc32: " + std::to_string(base::crc32(each.body))), std::string::npos) << answer;
  }
  EXPECT_TRUE(takeCalls().empty());
}

TEST_F(FrontDoorTest, AnswersOfDynamoDbAreInTheMediaTypeOfTheirRequest) {
  for (const char* type : {"application/json", "application/x-amz-json-1.0"}) {
    const std::string answer = ask(post(authorization("dynamodb") + "X-Amz-Target: DynamoDB_20120810.ListTables\r\n" +
                                            "Origin: http://localhost:3000\r\nContent-Type: " + type + "\r\n",
                                        "{}"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_NE(answer.find("Content-Type: " + std::string(type) + "\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos) << answer;
    const std::size_t id = answer.find("x-amzn-RequestId: ");
    ASSERT_NE(id, std::string::npos);
    EXPECT_EQ(answer.find("\r\n", id) - id, 18 + 52u) << answer;
  }
  const std::string preflight =
      ask("OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n"
          "Access-Control-Request-Headers: a, b\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  EXPECT_TRUE(preflight.starts_with("HTTP/1.1 200 ")) << preflight;
  for (const char* field : {"Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: a, b",
                            "Access-Control-Allow-Methods: POST", "Access-Control-Max-Age: 172800"}) {
    EXPECT_NE(preflight.find(field), std::string::npos) << preflight;
  }
}

TEST_F(FrontDoorTest, ListenersServeWhatTheyAreFor) {
  const std::string call = "GET / HTTP/1.1\r\nHost: localhost\r\n" + authorization("s3") + "\r\n";
  const std::string foreign_call = "GET / HTTP/1.1\r\nHost: box\r\n" + authorization("s3") + "\r\n";
  const std::string page = "GET /_thimble/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string health = "GET /_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string button = "GET /_thimble/button/s HTTP/1.1\r\nHost: phone.example\r\n\r\n";
  const std::string api =
      "POST /restapis/a/prod/_user_request_/p HTTP/1.1\r\nHost: anything\r\nOrigin: http://evil\r\n"
      "Content-Length: 0\r\n\r\n";
  struct Case {
    const char* name;
    std::uint16_t port;
    const std::string& request;
    int status;
  };
  const Case cases[] = {
      {"loopback call", port_, call, 200},
      {"loopback call, foreign host", port_, foreign_call, 403},
      {"loopback page", port_, page, 200},
      {"loopback button, foreign host", port_, button, 403},
      {"loopback API", port_, api, 200},
      {"public call", public_port_, call, 403},
      {"public page", public_port_, page, 404},
      {"public button", public_port_, button, 200},
      {"public API", public_port_, api, 200},
      {"sandbox call", sandbox_port_, call, 200},
      {"sandbox call, any host", sandbox_port_, foreign_call, 200},
      {"sandbox page", sandbox_port_, page, 403},
      {"sandbox health", sandbox_port_, health, 200},
      {"sandbox button", sandbox_port_, button, 403},
      {"sandbox API", sandbox_port_, api, 200},
  };
  for (const Case& each : cases) {
    const std::string answer = ask(each.port, each.request);
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 " + std::to_string(each.status) + " ") << each.name << "\n" << answer;
  }
}

// What a page of a foreign site can make a browser send to this machine. None may reach an operation, and no answer may
// be readable by the page.
TEST_F(FrontDoorTest, BrowserAttacks) {
  const std::string sts_body = "Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=b";
  const std::string presigned =
      "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20231114%2Fus-east-1%2Fsts%"
      "2F"
      "aws4_request&X-Amz-Date=20231114T221320Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
  auto get = [](const std::string& target, const std::string& fields) {
    return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
  };
  const std::string here = "Host: localhost:4566\r\n";
  const std::pair<const char*, std::string> cases[] = {
      {"simple POST of text", post("Origin: https://evil.example\r\nContent-Type: text/plain\r\n", sts_body)},
      {"simple POST of a form",
       post("Origin: https://evil.example\r\nContent-Type: application/x-www-form-urlencoded\r\n", sts_body)},
      {"POST of a sandboxed frame", post("Origin: null\r\nContent-Type: text/plain\r\n", sts_body)},
      {"POST of a file", post("Origin: file://\r\nContent-Type: text/plain\r\n", sts_body)},
      {"an origin that begins like ours", post("Origin: http://localhost.evil.example\r\n", sts_body)},
      {"an origin with a user", post("Origin: http://localhost@evil.example\r\n", sts_body)},
      {"an extension's origin", post("Origin: chrome-extension://abc\r\n", sts_body)},
      {"an origin at AWS", post("Origin: https://evil.s3.amazonaws.com\r\n", sts_body)},
      {"preflight",
       "OPTIONS /bucket/key HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
       "Access-Control-Request-Method: PUT\r\n\r\n"},
      {"cross-origin PUT",
       "PUT /bucket HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
       "Content-Length: 0\r\n\r\n"},
      {"image of a presigned call", get(presigned, here + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n")},
      {"link to a presigned call", get(presigned, here + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n")},
      {"image of an object", get("/b/k", here + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n")},
      {"script of a page",
       get("/_thimble/button/s", here + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n")},
      {"rebound name", get("/b/k", "Host: evil.example:4566\r\n")},
      {"rebound name, own page", get("/_thimble/button/s", "Host: evil.example:4566\r\n")},
      {"rebound name, same origin", get("/b/k", "Host: evil.example\r\nOrigin: http://evil.example\r\n")},
      {"rebound instance name at AWS", get("/b/k", "Host: ec2-1-2-3-4.compute-1.amazonaws.com\r\n")},
      {"rebound balancer name at AWS", get("/b/k", "Host: evil-1.eu-west-1.elb.amazonaws.com\r\n")},
      {"rebound name that ends like ours", get("/b/k", "Host: evil-localhost\r\n")},
      {"rebound name with our name in front", get("/b/k", "Host: localhost.evil.example\r\n")},
      {"an address of this network", get("/b/k", "Host: 192.168.1.10:4566\r\n")},
      {"all addresses", get("/b/k", "Host: 0.0.0.0:4566\r\n")},
      {"WebSocket", get("/", here + "Origin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n")},
      {"git from a page", get("/v1/repos/r/info/refs", here + "Origin: https://evil.example\r\n")},
  };
  for (const auto& [name, request] : cases) {
    const std::string answer = ask(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << name << "\n" << answer;
    EXPECT_EQ(http::toLower(answer).find("access-control-"), std::string::npos) << name;
  }
  EXPECT_TRUE(takeCalls().empty());
}

TEST_F(FrontDoorTest, OurOwnNamesAreLetIn) {
  for (const char* host :
       {"localhost", "localhost:4566", "LOCALHOST", "127.0.0.1:4566", "[::1]:4566", "s3.localhost:4566",
        "bucket.s3.eu-west-1.localhost", "thimble.example", "s3.eu-west-1.amazonaws.com", "bucket.s3.amazonaws.com",
        "s3.amazonaws.com", "localhost.localstack.cloud:4566"}) {
    const std::string answer =
        ask("GET /b/k HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" + authorization("s3") + "\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << host << "\n" << answer;
  }
  for (const char* origin : {"http://localhost:4566", "http://localhost:3000", "http://127.0.0.1:4566"}) {
    const std::string answer =
        ask("GET /b/k HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\nOrigin: " + std::string(origin) +
            "\r\n" + authorization("s3") + "\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << origin << "\n" << answer;
  }
  // Links that a person follows: to an object, to the button's page.
  for (const char* target : {"/b/k", "/_thimble/button/s"}) {
    const std::string answer = ask("GET " + std::string(target) +
                                   " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: "
                                   "navigate\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  }
}

}  // namespace
}  // namespace thimble::wire
