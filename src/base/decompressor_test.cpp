#include "base/decompressor.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <optional>
#include <string>

#include "base/gzip.h"
#include "base/zstd.h"

namespace thimble::base {
namespace {

std::string text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}

struct Gzip {
  using Reader = GzipReader;
  static std::string packed(std::string_view content) {
    GzipWriter writer;
    for (std::size_t at = 0; at < content.size(); at += 1000) writer.append(content.substr(at, 1000));
    return writer.finish();
  }
};

struct Zstd {
  using Reader = ZstdReader;
  static std::string packed(std::string_view content) {
    std::string out(ZSTD_compressBound(content.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 3));
    return out;
  }
};

/// The same suite for every format.
template <class Format>
class DecompressorTest : public testing::Test {
 protected:
  /// What the reader makes of the file in pieces of that size; nothing when it is not whole.
  static std::optional<std::string> unpacked(std::string_view file, std::size_t piece, std::size_t most = 1 << 20) {
    typename Format::Reader reader;
    std::string out;
    for (std::size_t at = 0; at < file.size(); at += piece) {
      if (!reader.feed(file.substr(at, piece), out, most)) return std::nullopt;
    }
    return reader.complete() ? std::optional(out) : std::nullopt;
  }
};

using Formats = testing::Types<Gzip, Zstd>;
TYPED_TEST_SUITE(DecompressorTest, Formats, );

TYPED_TEST(DecompressorTest, ReadsBackWhatWasWritten) {
  const std::string file = TypeParam::packed(text());
  EXPECT_LT(file.size(), text().size() / 2);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, file.size()}) {
    EXPECT_EQ(this->unpacked(file, piece), text());
    // Files one behind the other are a file.
    EXPECT_EQ(this->unpacked(file + TypeParam::packed("") + TypeParam::packed("end"), piece), text() + "end");
  }
  EXPECT_EQ(this->unpacked(TypeParam::packed(""), 1), "");
}

TYPED_TEST(DecompressorTest, RefusesWhatIsNoneOrTooMuch) {
  const std::string file = TypeParam::packed(text());
  EXPECT_EQ(this->unpacked("", 1), std::nullopt);
  EXPECT_EQ(this->unpacked("hello", 5), std::nullopt);
  EXPECT_EQ(this->unpacked(file.substr(0, file.size() - 1), 777), std::nullopt);
  EXPECT_EQ(this->unpacked(file + "hello", 777), std::nullopt);
  EXPECT_EQ(this->unpacked(file, file.size(), text().size() - 1), std::nullopt);
}

}  // namespace
}  // namespace thimble::base
