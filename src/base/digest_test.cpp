#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace thimble::base {
namespace {

constexpr DigestSet kAll = {DigestKind::Sha256, DigestKind::Sha1,   DigestKind::Md5,
                            DigestKind::Crc32,  DigestKind::Crc32c, DigestKind::Crc64Nvme};

// The check values of the CRC catalogue, and RFC 1321's and FIPS 180's digests of the same nine digits.
TEST(Digest, CheckValues) {
  const std::pair<DigestKind, const char*> cases[] = {
      {DigestKind::Crc32, "cbf43926"},
      {DigestKind::Crc32c, "e3069283"},
      {DigestKind::Crc64Nvme, "ae8b14860a799888"},
      {DigestKind::Md5, "25f9e794323b453885f5181f1b624d0b"},
      {DigestKind::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
      {DigestKind::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
  };
  for (const auto& [kind, expected] : cases) EXPECT_EQ(encodeHex(digestOf(kind, "123456789")), expected);
}

TEST(Digest, PiecesEqualTheWhole) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 7));
  for (std::size_t cut : {0u, 1u, 7u, 8u, 9u, 500u, 999u, 1000u}) {
    Digester pieces(kAll);
    pieces.update(std::string_view(bytes).substr(0, cut));
    pieces.update(std::string_view(bytes).substr(cut));
    for (const auto& [kind, digest] : pieces.finish()) EXPECT_EQ(digest, digestOf(kind, bytes)) << cut;
  }
}

}  // namespace
}  // namespace thimble::base
