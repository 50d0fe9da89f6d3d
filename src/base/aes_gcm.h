// AES-256-GCM (NIST SP 800-38D): bytes that cannot be read or changed without the key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thimble::base {

inline constexpr std::size_t kAesKeyBytes = 32;
inline constexpr std::size_t kAesNonceBytes = 12;

/// The ciphertext with its 16-byte tag behind it. A nonce is used once with a key. `associated` is not in it, but
/// needed to read it.
std::string encryptAesGcm(std::string_view key, std::string_view nonce, std::string_view associated,
                          std::string_view plaintext);

/// Nothing when key, nonce or `associated` are others than at the encryption, or the bytes were changed.
std::optional<std::string> decryptAesGcm(std::string_view key, std::string_view nonce, std::string_view associated,
                                         std::string_view ciphertext);

}  // namespace thimble::base
