#include "wire/http/parser.h"

#include <gtest/gtest.h>

namespace thimble::wire::http {
namespace {

TEST(Parser, ReadsAHead) {
  HttpRequest request;
  Framing framing;
  const std::string head =
      "POST /a%20b?c=d HTTP/1.1\r\nHost: localhost:4566\r\ncontent-length: 12\r\nX-Two: \t a b \t\r\nExpect: "
      "100-continue\r\n\r\n";
  ASSERT_FALSE(parseHead(head, {}, request, framing));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.query(), "c=d");
  EXPECT_EQ(request.headers.get("HOST"), "localhost:4566");
  EXPECT_EQ(request.headers.get("x-two"), "a b");
  EXPECT_EQ(framing.kind, Framing::Kind::Length);
  EXPECT_EQ(framing.length, 12u);
  EXPECT_TRUE(framing.expects_continue);
  EXPECT_TRUE(framing.keep_alive);
}

TEST(Parser, FindsTheEndByteByByte) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadSearch search;
  for (std::size_t length = 1; length < head.size(); ++length) {
    EXPECT_EQ(search.search(std::string_view(head).substr(0, length), {}), 0u);
    EXPECT_FALSE(search.error);
  }
  EXPECT_EQ(search.search(head + "GET", {}), head.size());
}

std::string decodeIn(std::size_t piece, std::string_view text, std::string& rest, ChunkedDecoder& decoder) {
  std::string out;
  while (!text.empty() && !decoder.done()) {
    std::string_view in = text.substr(0, piece);
    const std::size_t given = in.size();
    if (auto error = decoder.feed(in, out)) return "error: " + error->reason;
    text.remove_prefix(given - in.size());
    if (decoder.done()) break;
  }
  rest = text;
  return out;
}

TEST(Chunked, DecodesWhateverThePieces) {
  const std::string text = "4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\nGET /next";
  for (std::size_t piece : {1u, 2u, 3u, 5u, 100u}) {
    ChunkedDecoder decoder;
    std::string rest;
    EXPECT_EQ(decodeIn(piece, text, rest, decoder), "wikipedia") << piece;
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(rest, "GET /next");
    EXPECT_EQ(decoder.trailers().get("x-more"), "2");
  }
}

TEST(Chunked, RefusesMalformedBodies) {
  const std::string cases[] = {"g\r\n",
                               "-1\r\n",
                               "\r\n",
                               "1\nA\r\n",
                               " 1\r\nA",
                               "1 \r\nA",
                               "0x1\r\nA",
                               "1\r\nAB\r\n",
                               "1\r\nA\n",
                               "ffffffffffffffff1\r\n",
                               "1;" + std::string(5000, 'e') + "\r\nA",
                               "0\r\nbad trailer\r\n\r\n",
                               "0\r\nX: " + std::string(10000, 'x') + "\r\n\r\n",
                               "0\r\nX: 1\n\r\n"};
  for (const std::string& text : cases) {
    ChunkedDecoder decoder;
    std::string rest;
    EXPECT_TRUE(decodeIn(7, text, rest, decoder).starts_with("error: ")) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace thimble::wire::http
