#include "platform/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/encoding.h"

namespace thimble::platform {
namespace {

constexpr std::size_t kPoolBytes = 4096;

}  // namespace

std::string Random::uuid() {
  std::string raw = bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  std::string digits = base::encodeHex(raw);
  for (std::size_t position : {20, 16, 12, 8}) digits.insert(position, 1, '-');
  return digits;
}

std::string Random::text(std::size_t count, std::string_view alphabet) {
  // Bytes at or above the largest multiple of the alphabet's size would favour its first characters.
  const std::size_t limit = 256 - 256 % alphabet.size();
  std::string out;
  out.reserve(count);
  // The remainder by a power of two needs no division, of which a request's id would make 52.
  const bool mask = (alphabet.size() & (alphabet.size() - 1)) == 0;
  while (out.size() < count) {
    for (char c : bytes(count - out.size())) {
      const std::size_t value = static_cast<unsigned char>(c);
      if (value < limit) out.push_back(alphabet[mask ? value & (alphabet.size() - 1) : value % alphabet.size()]);
    }
  }
  return out;
}

std::uint64_t Random::below(std::uint64_t bound) {
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::uint64_t value = 0;
    const std::string raw = bytes(sizeof value);
    std::memcpy(&value, raw.data(), sizeof value);
    if (value < limit) return value % bound;
  }
}

std::string SystemRandom::bytes(std::size_t count) {
  const std::lock_guard lock(mutex_);
  std::string out;
  out.reserve(count);
  while (out.size() < count) {
    if (pool_.empty()) {
      pool_.resize(kPoolBytes);
      std::size_t filled = 0;
      while (filled < pool_.size()) {
        const ssize_t got = getrandom(pool_.data() + filled, pool_.size() - filled, 0);
        if (got < 0) {
          if (errno == EINTR) continue;
          throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        filled += static_cast<std::size_t>(got);
      }
    }
    const std::size_t take = std::min(count - out.size(), pool_.size());
    out.append(pool_, pool_.size() - take, take);
    pool_.resize(pool_.size() - take);
  }
  return out;
}

std::string SeededRandom::bytes(std::size_t count) {
  const std::lock_guard lock(mutex_);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(engine_() & 0xff);
  return out;
}

}  // namespace thimble::platform
