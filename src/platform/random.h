// Unpredictable bytes from outside, and the names and ids made of them.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace thimble::platform {

class Random {
 public:
  virtual ~Random() = default;
  /// `count` random bytes. Safe to call from any thread.
  virtual std::string bytes(std::size_t count) = 0;

  /// RFC 9562 version 4, lower case: "8f6f1d5c-....".
  std::string uuid();
  /// `count` characters drawn evenly from `alphabet` (at most 256 characters).
  std::string text(std::size_t count, std::string_view alphabet);
  std::string hex(std::size_t digits) { return text(digits, "0123456789abcdef"); }
  /// Evenly from 0 to `bound` - 1; `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);
};

/// The kernel's generator, drawn in blocks.
class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override;

 private:
  std::mutex mutex_;
  std::string pool_;
};

/// The same sequence for the same seed, for tests and simulation.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::string bytes(std::size_t count) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace thimble::platform
