// Text encodings of bytes, and digests: base64, hexadecimal, percent-encoding, SHA-256, MD5, HMAC, CRC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::base {

std::string encodeBase64(std::string_view bytes);
/// Standard alphabet, padding required; nothing when the text is not base64.
std::optional<std::string> decodeBase64(std::string_view text);

/// Lower-case hexadecimal digits.
std::string encodeHex(std::string_view bytes);
std::optional<std::string> decodeHex(std::string_view text);

/// RFC 3986 percent-encoding of all but unreserved characters; a slash stays when `keep_slash`.
std::string encodePercent(std::string_view text, bool keep_slash = false);
/// Undoes percent-encoding ("+" stays, or becomes a space when `plus_is_space`); nothing at a broken escape.
std::optional<std::string> decodePercent(std::string_view text, bool plus_is_space = false);

/// Raw digests (32, 48, 64, 20 and 16 bytes).
std::string sha256(std::string_view bytes);
std::string sha384(std::string_view bytes);
std::string sha512(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string md5(std::string_view bytes);
std::string hmacSha256(std::string_view key, std::string_view bytes);

/// CRC-32 (IEEE, as zlib's).
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);

/// True when the text is well-formed UTF-8.
bool isUtf8(std::string_view text);
/// The text with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string wellFormedUtf8(const std::string& text);

}  // namespace thimble::base
