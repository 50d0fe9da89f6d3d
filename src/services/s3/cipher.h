// AES-256 in counter mode, which can begin at any byte: so ranges of encrypted blobs are read without what is before.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "platform/byte_source.h"

namespace thimble::services::s3 {

/// Encrypts and decrypts, which are the same, bytes in order from `offset` on.
class CounterCipher {
 public:
  static constexpr std::size_t kNonceBytes = 16;

  /// `key` has 32 bytes. A nonce is never used again with the same key.
  CounterCipher(const std::string& key, const std::string& nonce, std::uint64_t offset = 0);
  ~CounterCipher();
  CounterCipher(const CounterCipher&) = delete;
  CounterCipher& operator=(const CounterCipher&) = delete;

  void apply(char* bytes, std::size_t size);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The bytes of `encrypted` in the clear; `offset` is where they begin in what was encrypted.
platform::ByteSourcePointer decrypted(platform::ByteSourcePointer encrypted, std::string key, std::string nonce,
                                      std::uint64_t offset);

}  // namespace thimble::services::s3
