#include "base/aes_gcm.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace thimble::base {
namespace {

TEST(AesGcmTest, IsNistsAlgorithm) {
  // Test cases 14 and 16 of the algorithm's specification (McGrew and Viega).
  EXPECT_EQ(encodeHex(encryptAesGcm(std::string(32, '\0'), std::string(12, '\0'), "", std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  const auto bytes = [](const char* hex) { return *decodeHex(hex); };
  EXPECT_EQ(
      encodeHex(encryptAesGcm(bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
                              bytes("cafebabefacedbaddecaf888"), bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                              bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))),
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(AesGcmTest, ReadsOnlyWhatIsUnchanged) {
  const std::string key(32, 'k');
  const std::string nonce(12, 'n');
  const std::string sealed = encryptAesGcm(key, nonce, "name", "secret");
  EXPECT_EQ(decryptAesGcm(key, nonce, "name", sealed), "secret");
  EXPECT_EQ(decryptAesGcm(key, nonce, "other", sealed), std::nullopt);
  EXPECT_EQ(decryptAesGcm(std::string(32, 'x'), nonce, "name", sealed), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(decryptAesGcm(key, nonce, "name", changed), std::nullopt);
  }
  EXPECT_EQ(decryptAesGcm(key, nonce, "name", "short"), std::nullopt);
  EXPECT_EQ(decryptAesGcm(key, nonce, "", encryptAesGcm(key, nonce, "", "")), "");
}

}  // namespace
}  // namespace thimble::base
