// Digests of bytes that arrive piece by piece: the hashes and checksums of AWS's APIs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace thimble::base {

/// Crc32 is IEEE's, Crc32c Castagnoli's, Crc64Nvme that of the NVMe specification.
enum class DigestKind { Sha256, Sha1, Md5, Crc32, Crc32c, Crc64Nvme };

/// A set of kinds.
class DigestSet {
 public:
  constexpr DigestSet() = default;
  constexpr DigestSet(std::initializer_list<DigestKind> kinds) {
    for (DigestKind kind : kinds) add(kind);
  }
  constexpr void add(DigestKind kind) { bits_ |= 1u << static_cast<unsigned>(kind); }
  constexpr bool contains(DigestKind kind) const { return (bits_ >> static_cast<unsigned>(kind) & 1u) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  unsigned bits_ = 0;
};

/// Computes several digests in one pass.
class Digester {
 public:
  explicit Digester(DigestSet kinds);
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;

  void update(std::string_view bytes);
  /// The raw digests (checksums as big-endian bytes). Call once, last.
  std::map<DigestKind, std::string> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The raw digest of bytes at hand.
std::string digestOf(DigestKind kind, std::string_view bytes);

/// Reflected CRC-32C and CRC-64/NVME; `seed` is the checksum of the bytes before.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
std::uint64_t crc64Nvme(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace thimble::base
