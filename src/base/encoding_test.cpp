#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/utf16.h"

namespace thimble::base {
namespace {

TEST(Encoding, Base64RoundTrips) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {std::string("\0\xff", 2), "AP8="}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encodeBase64(bytes), text);
    EXPECT_EQ(decodeBase64(text), bytes);
  }
  for (const char* text : {"Zg", "Z===", "Zg=a", "Zm9v!", "Zm 9"}) EXPECT_EQ(decodeBase64(text), std::nullopt) << text;
}

TEST(Encoding, PercentRoundTrips) {
  EXPECT_EQ(encodePercent("a/b c~é"), "a%2Fb%20c~%C3%A9");
  EXPECT_EQ(encodePercent("a/b", true), "a/b");
  EXPECT_EQ(decodePercent("a%2Fb+c"), "a/b+c");
  EXPECT_EQ(decodePercent("a+b", true), "a b");
  EXPECT_EQ(decodePercent("%4"), std::nullopt);
  EXPECT_EQ(decodePercent("%zz"), std::nullopt);
}

TEST(Encoding, Digests) {
  EXPECT_EQ(encodeHex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(encodeHex(md5("a")), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(encodeHex(hmacSha256("key", "message")),
            "6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a");
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
}

TEST(Encoding, Utf16Length) {
  EXPECT_EQ(utf16Length("abc"), 3u);
  EXPECT_EQ(utf16Length("\xC3\xA9"), 1u);
  EXPECT_EQ(utf16Length("\xF0\x9F\x98\x80"), 2u);
  // What Java says of them.
  EXPECT_EQ(javaHash(""), 0u);
  EXPECT_EQ(javaHash("hello"), 99162322u);
  EXPECT_EQ(javaHash("\xC3\xA9"), 233u);
  EXPECT_EQ(javaHash("\xE2\x82\xAC"), 8364u);
  EXPECT_EQ(javaHash("\xF0\x9F\x98\x80"), 31u * 0xD83Du + 0xDE00u);
}

TEST(Encoding, Utf8) {
  EXPECT_TRUE(isUtf8("aé€😀"));
  for (const char* text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    for (std::size_t before = 0; before < 20; ++before)
      EXPECT_FALSE(isUtf8(std::string(before, 'a') + text + "aaaaaaaaa"));
  }
}

}  // namespace
}  // namespace thimble::base
