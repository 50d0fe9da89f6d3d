#include "platform/sealer.h"

#include <stdexcept>

#include "base/aes_gcm.h"
#include "base/encoding.h"

namespace thimble::platform {
namespace {

constexpr char kVersion = 1;  ///< First byte of what is sealed: AES-256-GCM under the folder's key.

}  // namespace

std::string Sealer::loadKey(FileSystem& files, const std::string& path, Random& random) {
  if (!files.exists(path)) writeFileAtomically(files, path, base::encodeHex(random.bytes(base::kAesKeyBytes)) + "\n");
  std::string text = files.read(path, 1000);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string key = base::decodeHex(text).value_or("");
  if (key.size() != base::kAesKeyBytes) {
    throw std::runtime_error(path + " is damaged: it is no key of 64 hexadecimal digits");
  }
  return key;
}

std::string Sealer::seal(std::string_view plaintext, std::string_view purpose) {
  const std::string nonce = random_.bytes(base::kAesNonceBytes);
  return std::string(1, kVersion) + nonce + base::encryptAesGcm(key_, nonce, purpose, plaintext);
}

std::string Sealer::open(std::string_view sealed, std::string_view purpose) const {
  if (sealed.size() > base::kAesNonceBytes && sealed[0] == kVersion) {
    auto plaintext = base::decryptAesGcm(key_, sealed.substr(1, base::kAesNonceBytes), purpose,
                                         sealed.substr(1 + base::kAesNonceBytes));
    if (plaintext) return *std::move(plaintext);
  }
  throw std::runtime_error("a value cannot be read: it was sealed with another key than the data folder's");
}

}  // namespace thimble::platform
