#include "base/zstd.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <optional>
#include <string>

namespace thimble::base {
namespace {

std::string text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}

std::string packed(const std::string& content) {
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 3));
  return out;
}

/// What the reader makes of the file in pieces of that size; nothing when it is not whole.
std::optional<std::string> unpacked(std::string_view file, std::size_t piece, std::size_t most = 1 << 20) {
  ZstdReader reader;
  std::string out;
  for (std::size_t at = 0; at < file.size(); at += piece) {
    if (!reader.feed(file.substr(at, piece), out, most)) return std::nullopt;
  }
  return reader.complete() ? std::optional(out) : std::nullopt;
}

TEST(Zstd, ReadsBackWhatWasWritten) {
  const std::string file = packed(text());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, file.size()}) {
    EXPECT_EQ(unpacked(file, piece), text());
    // Frames one behind the other are a file.
    EXPECT_EQ(unpacked(file + packed("") + packed("end"), piece), text() + "end");
  }
  EXPECT_EQ(unpacked(packed(""), 1), "");
}

TEST(Zstd, RefusesWhatIsNoneOrTooMuch) {
  const std::string file = packed(text());
  EXPECT_EQ(unpacked("", 1), std::nullopt);
  EXPECT_EQ(unpacked("hello", 5), std::nullopt);
  EXPECT_EQ(unpacked(file.substr(0, file.size() - 1), 777), std::nullopt);
  EXPECT_EQ(unpacked(file + "hello", 777), std::nullopt);
  EXPECT_EQ(unpacked(file, file.size(), text().size() - 1), std::nullopt);
}

}  // namespace
}  // namespace thimble::base
