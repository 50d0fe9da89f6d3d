#include "services/s3/cipher.h"

#include <openssl/evp.h>

#include <stdexcept>
#include <utility>

namespace thimble::services::s3 {
namespace {

constexpr std::uint64_t kBlockBytes = 16;

class DecryptedBytes final : public platform::ByteSource {
 public:
  DecryptedBytes(platform::ByteSourcePointer encrypted, std::string key, std::string nonce, std::uint64_t offset)
      : encrypted_(std::move(encrypted)), key_(std::move(key)), nonce_(std::move(nonce)), offset_(offset) {}

  std::uint64_t size() const override { return encrypted_->size(); }

  std::size_t read(std::uint64_t offset, char* out, std::size_t length) const override {
    const std::size_t count = encrypted_->read(offset, out, length);
    if (count > 0) CounterCipher(key_, nonce_, offset_ + offset).apply(out, count);
    return count;
  }

 private:
  platform::ByteSourcePointer encrypted_;
  std::string key_;
  std::string nonce_;
  std::uint64_t offset_;
};

}  // namespace

struct CounterCipher::Context {
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  ~Context() { EVP_CIPHER_CTX_free(cipher); }
};

CounterCipher::CounterCipher(const std::string& key, const std::string& nonce, std::uint64_t offset)
    : context_(std::make_unique<Context>()) {
  if (key.size() != 32 || nonce.size() != kNonceBytes) {
    throw std::invalid_argument("AES-256-CTR takes a key of 32 bytes and a nonce of 16");
  }
  // The counter is the nonce as a number, plus the blocks before.
  std::string counter = nonce;
  std::uint64_t blocks = offset / kBlockBytes;
  for (std::size_t i = kNonceBytes; i-- > 0 && blocks > 0;) {
    const std::uint64_t sum = static_cast<unsigned char>(counter[i]) + (blocks & 0xff);
    counter[i] = static_cast<char>(sum);
    blocks = (blocks >> 8) + (sum >> 8);
  }
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
  const auto* counter_bytes = reinterpret_cast<const unsigned char*>(counter.data());
  if (EVP_EncryptInit_ex(context_->cipher, EVP_aes_256_ctr(), nullptr, key_bytes, counter_bytes) != 1) {
    throw std::runtime_error("AES-256-CTR failed in OpenSSL");
  }
  char skipped[kBlockBytes] = {};
  apply(skipped, offset % kBlockBytes);
}

CounterCipher::~CounterCipher() = default;

void CounterCipher::apply(char* bytes, std::size_t size) {
  if (size == 0) return;
  auto* data = reinterpret_cast<unsigned char*>(bytes);
  int written = 0;
  if (EVP_EncryptUpdate(context_->cipher, data, &written, data, static_cast<int>(size)) != 1) {
    throw std::runtime_error("AES-256-CTR failed in OpenSSL");
  }
}

platform::ByteSourcePointer decrypted(platform::ByteSourcePointer encrypted, std::string key, std::string nonce,
                                      std::uint64_t offset) {
  return std::make_shared<DecryptedBytes>(std::move(encrypted), std::move(key), std::move(nonce), offset);
}

}  // namespace thimble::services::s3
