// The framing of requests under attack: each case is bytes that a hostile or broken client sends. All are answered with
// one 4xx or 5xx and closed, or closed; never two answers, and the server goes on serving.
#include <gtest/gtest.h>

#include "wire/http/server.h"
#include "wire/http/testing/raw_client.h"

namespace thimble::wire::http {
namespace {

using testing::RawClient;

struct Case {
  const char* name;
  std::string bytes;
  int status;  ///< 0: closed without an answer.
};

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string manyFields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "A: b\r\n";
  return fields;
}
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kNul(1, '\0');

const Case kCases[] = {
    // Lengths.
    {"length and chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled), 400},
    {"chunked and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + kSmuggled), 400},
    {"two different lengths", post("Content-Length: 0\r\nContent-Length: 37\r\n", kSmuggled), 400},
    {"two equal lengths", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a" + kSmuggled), 400},
    {"a list of lengths", post("Content-Length: 1, 1\r\n", "a" + kSmuggled), 400},
    {"negative length", post("Content-Length: -1\r\n", kSmuggled), 400},
    {"signed length", post("Content-Length: +1\r\n", "a" + kSmuggled), 400},
    {"hexadecimal length", post("Content-Length: 0x1\r\n", "a"), 400},
    {"fractional length", post("Content-Length: 1.0\r\n", "a"), 400},
    {"empty length", post("Content-Length: \r\n", kSmuggled), 400},
    {"length of a word", post("Content-Length: one\r\n", "a"), 400},
    {"length beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", "a" + kSmuggled), 400},
    {"length of a terabyte", post("Content-Length: 1000000000000\r\n"), 413},
    {"length with a blank inside", post("Content-Length: 1 1\r\n", "a"), 400},
    // Transfer codings.
    {"unknown coding", post("Transfer-Encoding: gzip\r\n"), 501},
    {"coding then chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + kSmuggled), 501},
    {"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 501},
    {"two coding fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400},
    {"coding with a control character", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), 400},
    {"coding name with a blank", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + kSmuggled), 400},
    {"misspelt coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
    {"quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 501},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kSmuggled, 400},
    // Chunks.
    {"chunk size of no digits", post("Transfer-Encoding: chunked\r\n", "\r\n" + kSmuggled), 400},
    {"negative chunk size", post("Transfer-Encoding: chunked\r\n", "-1\r\n" + kSmuggled), 400},
    {"chunk size beyond 64 bits", post("Transfer-Encoding: chunked\r\n", "10000000000000001\r\na"), 400},
    {"chunk size with 0x", post("Transfer-Encoding: chunked\r\n", "0x1\r\na\r\n0\r\n\r\n"), 400},
    {"chunk size with a bare LF", post("Transfer-Encoding: chunked\r\n", "1\na\r\n0\r\n\r\n"), 400},
    {"chunk with a bare LF", post("Transfer-Encoding: chunked\r\n", "1\r\na\n0\r\n\r\n"), 400},
    {"chunk longer than its size", post("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n"), 400},
    {"endless chunk extension", post("Transfer-Encoding: chunked\r\n", "1;" + std::string(100'000, 'e')), 400},
    {"LF in a chunk extension", post("Transfer-Encoding: chunked\r\n", "1;a\nb\r\na\r\n0\r\n\r\n"), 400},
    {"trailer of 100 kB", post("Transfer-Encoding: chunked\r\n", "0\r\nA: " + std::string(100'000, 'a')), 400},
    {"trailer with obs-fold", post("Transfer-Encoding: chunked\r\n", "0\r\nA: b\r\n c\r\n\r\n"), 400},
    {"chunk of a terabyte", post("Transfer-Encoding: chunked\r\n", "e8d4a51000\r\n" + std::string(3'000'000, 'x')),
     413},
    // Lines and fields.
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
    {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"bare CR in a field", get("X: a\rY: b\r\n"), 400},
    {"CR CR LF", get("X: a\r\r\n"), 400},
    {"obs-fold", get("X: a\r\n b\r\n"), 400},
    {"obs-fold of the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"NUL in a field", get("X: a" + kNul + "b\r\n"), 400},
    {"NUL in a name", get("X" + kNul + ": a\r\n"), 400},
    {"NUL in the target", "GET /a" + kNul + "b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"control character in a field", get("X: a\x01\r\n"), 400},
    {"field without a colon", get("X\r\n"), 400},
    {"field without a name", get(": a\r\n"), 400},
    {"name with a blank", get("X Y: a\r\n"), 400},
    {"name with a bracket", get("X[0]: a\r\n"), 400},
    {"header of 8 MiB", get("X: " + std::string(8 << 20, 'x') + "\r\n"), 431},
    {"100,000 fields", get(manyFields(100'000)), 431},
    {"201 fields", get(manyFields(201)), 431},
    // Request lines.
    {"target of 100 kB", "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"absolute form", "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"asterisk of GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tab instead of a blank", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"raw UTF-8 in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"malformed version", "GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400},
    {"method with brackets", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"method of 1,000 letters", std::string(1000, 'G') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TLS handshake", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12), 400},
    // Hosts and expectations.
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", get("Host: b\r\n"), 400},
    {"unknown expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "a"), 417},
    // Endings.
    {"nothing", "", 0},
    {"half a head", "GET / HTTP/1.1\r\nHo", 0},
    {"half a body", post("Content-Length: 10\r\n", "a"), 0},
    {"half a chunk", post("Transfer-Encoding: chunked\r\n", "5\r\na"), 0},
};

class Echo final : public Handler {
 public:
  BodyPlan plan(HttpRequest&) override { return {.max_bytes = 1 << 20}; }
  void handle(HttpRequest request, Responder responder) override { responder.send({.body = request.target}); }
};

std::size_t countAnswers(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("HTTP/1.1 ", at)) != std::string_view::npos; ++at) ++count;
  return count;
}

TEST(Framing, HostileRequestsGetOneRefusalAndTheServerLives) {
  Echo handler;
  ServerOptions options;
  options.staging_folder = ::testing::TempDir();
  const platform::FakeClock clock;
  options.clock = &clock;
  Server server(options, handler);
  const std::uint16_t port = server.port(server.listenTcp("127.0.0.1", 0, ListenerKind::Loopback));
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    RawClient client(port);
    client.send(each.bytes);
    client.finishSending();
    const std::string answer = client.readToEnd();
    if (each.status == 0) {
      EXPECT_EQ(answer, "");
    } else {
      EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 " + std::to_string(each.status) + " ") << answer;
      EXPECT_NE(answer.find("Connection: close"), std::string::npos);
      EXPECT_EQ(countAnswers(answer), 1u) << answer;
    }
    RawClient good(port);
    good.send("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(good.readAnswer().ends_with("/alive"));
  }
}

}  // namespace
}  // namespace thimble::wire::http
