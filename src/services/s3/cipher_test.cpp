#include "services/s3/cipher.h"

#include <gtest/gtest.h>

namespace thimble::services::s3 {
namespace {

TEST(Cipher, BeginsAtAnyByte) {
  const std::string key(32, 'k');
  // The last counter before all of its bytes turn over.
  for (const std::string& nonce : {std::string(16, '\xff'), std::string(15, '\xff') + '\0', std::string(16, 'n')}) {
    std::string whole(5000, 'x');
    CounterCipher(key, nonce).apply(whole.data(), whole.size());
    for (const std::size_t offset : {0, 1, 15, 16, 17, 255, 256, 4095, 4096, 4999}) {
      std::string rest(whole.size() - offset, 'x');
      CounterCipher(key, nonce, offset).apply(rest.data(), rest.size());
      EXPECT_EQ(rest, whole.substr(offset)) << offset;
    }
  }
}

TEST(Cipher, ReadsWhatWasEncrypted) {
  const std::string key(32, 'k'), nonce(16, 'n'), text = "what was written is what is read";
  std::string bytes = text;
  CounterCipher(key, nonce).apply(bytes.data(), bytes.size());
  EXPECT_NE(bytes, text);
  auto read = decrypted(std::make_shared<platform::MemoryBytes>(bytes.substr(5)), key, nonce, 5);
  EXPECT_EQ(read->readAll(), text.substr(5));
}

}  // namespace
}  // namespace thimble::services::s3
