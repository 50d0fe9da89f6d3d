#include "base/aes_gcm.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace thimble::base {
namespace {

constexpr std::size_t kTagBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytesOf(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done) {
  if (!done) throw std::runtime_error("AES-256-GCM failed in OpenSSL");
}

/// A context that has taken key, nonce and associated data.
CipherContext begin(bool encrypt, std::string_view key, std::string_view nonce, std::string_view associated) {
  if (key.size() != kAesKeyBytes || nonce.size() != kAesNonceBytes) {
    throw std::invalid_argument("AES-256-GCM takes a key of 32 bytes and a nonce of 12");
  }
  CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr);
  require(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytesOf(key), bytesOf(nonce), encrypt ? 1 : 0) ==
          1);
  int length = 0;
  require(EVP_CipherUpdate(context.get(), nullptr, &length, bytesOf(associated), static_cast<int>(associated.size())) ==
          1);
  return context;
}

}  // namespace

std::string encryptAesGcm(std::string_view key, std::string_view nonce, std::string_view associated,
                          std::string_view plaintext) {
  const CipherContext context = begin(true, key, nonce, associated);
  std::string out(plaintext.size() + kTagBytes, '\0');
  int length = 0;
  require(EVP_CipherUpdate(context.get(), bytesOf(out), &length, bytesOf(plaintext),
                           static_cast<int>(plaintext.size())) == 1);
  require(EVP_CipherFinal_ex(context.get(), bytesOf(out) + length, &length) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, bytesOf(out) + plaintext.size()) == 1);
  return out;
}

std::optional<std::string> decryptAesGcm(std::string_view key, std::string_view nonce, std::string_view associated,
                                         std::string_view ciphertext) {
  if (ciphertext.size() < kTagBytes) return std::nullopt;
  const CipherContext context = begin(false, key, nonce, associated);
  std::string tag(ciphertext.substr(ciphertext.size() - kTagBytes));
  ciphertext.remove_suffix(kTagBytes);
  std::string out(ciphertext.size(), '\0');
  int length = 0;
  require(EVP_CipherUpdate(context.get(), bytesOf(out), &length, bytesOf(ciphertext),
                           static_cast<int>(ciphertext.size())) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context.get(), bytesOf(out) + length, &length) != 1) return std::nullopt;
  return out;
}

}  // namespace thimble::base
