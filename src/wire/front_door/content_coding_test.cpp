#include "wire/front_door/content_coding.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/gzip.h"

namespace thimble::wire {
namespace {

constexpr std::size_t kMost = 1 << 20;

// As DynamoDB takes them; what is wrong in a list is no reason to refuse it.
TEST(ContentCodingTest, TheCodingThatIsAcceptedMost) {
  struct Case {
    const char* accepted;
    ContentCoding coding;
  };
  const Case cases[] = {
      {"", ContentCoding::Identity},
      {"identity", ContentCoding::Identity},
      {"br, zstd, compress, x-gzip", ContentCoding::Identity},
      {"gzip", ContentCoding::Gzip},
      {"GZIP, identity", ContentCoding::Gzip},
      {"one, gzip ,, two", ContentCoding::Gzip},
      {"gzip, deflate", ContentCoding::Gzip},
      {"br, identity, deflate, gzip", ContentCoding::Deflate},
      {"gzip;q=0.8, deflate;q=0.5", ContentCoding::Gzip},
      {"deflate;q=0.5, gzip;q=0.2", ContentCoding::Deflate},
      {"gzip;q=0, deflate; q = 0.5 , identity;q=0", ContentCoding::Deflate},
      {"gzip;q=0.5, identity;q=0.8", ContentCoding::Gzip},
      {"gzip;q=0.0001", ContentCoding::Gzip},
      {"gzip ;q=0", ContentCoding::Identity},
      {"gzip;q=0, gzip;q=1, gzip;q=0", ContentCoding::Gzip},
      {"*", ContentCoding::Gzip},
      {"*;q=0", ContentCoding::Identity},
      {"*;q=0.5, identity", ContentCoding::Gzip},
      {"*, deflate", ContentCoding::Deflate},
      {"*, deflate;q=0.5", ContentCoding::Gzip},
      {"*, gzip;q=0.5", ContentCoding::Deflate},
      {"*, gzip;q=0.5, deflate;q=0.2", ContentCoding::Gzip},
      {"\"gzip\"", ContentCoding::Identity},
      {"gzip br", ContentCoding::Identity},
      {"gzip:q=1", ContentCoding::Identity},
      {"gzip;level=1;q=0 ", ContentCoding::Identity},
      {"deflate;q=0.5, gzip;q=31", ContentCoding::Gzip},
      {"gzip;q=31, deflate;q=51", ContentCoding::Gzip},
      {"deflate;q=-0.5, gzip;q=0.2", ContentCoding::Gzip},
      {"deflate;q=0.5, gzip;q=1;q=0.2", ContentCoding::Gzip},
      {"deflate;q=0.5, gzip;q=0.", ContentCoding::Deflate},
      {"deflate;q=0.5, gzip;q=0.x", ContentCoding::Gzip},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(acceptedCoding({{"Accept-Encoding", each.accepted}}), each.coding) << each.accepted;
  }
  EXPECT_EQ(acceptedCoding({}), ContentCoding::Identity);
  EXPECT_EQ(acceptedCoding({{"Accept-Encoding", "gzip"}, {"accept-encoding", "identity"}}), ContentCoding::Identity);
}

TEST(ContentCodingTest, LongAnswersArePacked) {
  for (const ContentCoding coding : {ContentCoding::Gzip, ContentCoding::Deflate}) {
    http::HttpResponse brief;
    brief.body = std::string(4095, 'x');
    encodeContent(coding, brief);
    EXPECT_EQ(brief.body, std::string(4095, 'x'));
    EXPECT_TRUE(brief.headers.empty());
    http::HttpResponse answer;
    answer.body = std::string(4096, 'x');
    encodeContent(coding, answer);
    EXPECT_LT(answer.body.size(), 100u);
    EXPECT_EQ(answer.headers.get("content-encoding"), coding == ContentCoding::Gzip ? "gzip" : "deflate");
    EXPECT_EQ(answer.headers.get("x-amz-crc32"), std::to_string(base::crc32(answer.body)));
  }
}

TEST(ContentCodingTest, RequestsAreUnpacked) {
  const std::string text(100'000, 'x');
  for (const char* name : {"gzip", "GZip"}) {
    std::string body = base::gzip(text.substr(0, 10)) + base::gzip(text.substr(10));
    ASSERT_TRUE(decodeContent({{"Content-Encoding", name}}, body, kMost).ok());
    EXPECT_EQ(body, text);
  }
  std::string body = "plain";
  EXPECT_TRUE(decodeContent({}, body, kMost).ok());
  EXPECT_TRUE(decodeContent({{"Content-Encoding", "identity"}}, body, kMost).ok());
  EXPECT_EQ(body, "plain");
}

TEST(ContentCodingTest, WhatIsNoGzipOrTooMuchIsRefused) {
  const std::string packed = base::gzip(std::string(kMost + 1, 'x'));
  struct Case {
    const char* coding;
    std::string body;
    int status;
  };
  const Case cases[] = {
      {"gzip", packed, 413},
      {"gzip", "", 500},
      {"gzip", "{}", 500},
      {"gzip", base::gzip("{}") + "more", 500},
      {"deflate", base::zlibFrame("{}"), 500},
      {"gzip", base::gzip("{}").substr(0, 15), 500},
      {"unknown", "{}", 500},
  };
  for (const Case& each : cases) {
    std::string body = each.body;
    const auto decoded = decodeContent({{"Content-Encoding", each.coding}}, body, kMost);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().http_status, each.status) << each.coding << " " << each.body.substr(0, 20);
    EXPECT_EQ(body, each.body);
  }
}

}  // namespace
}  // namespace thimble::wire
