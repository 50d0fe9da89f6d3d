#include "services/s3/checksums.h"

#include <array>

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {

using base::DigestKind;

namespace {

struct Algorithm {
  std::string_view name;
  DigestKind kind;
  std::size_t bytes;
};

constexpr Algorithm kAlgorithms[] = {{"CRC32", DigestKind::Crc32, 4},
                                     {"CRC32C", DigestKind::Crc32c, 4},
                                     {"CRC64NVME", DigestKind::Crc64Nvme, 8},
                                     {"SHA1", DigestKind::Sha1, 20},
                                     {"SHA256", DigestKind::Sha256, 32}};

const Algorithm* find(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

// A linear map of bit vectors: row i is what bit i becomes.
using Matrix = std::array<std::uint64_t, 64>;

std::uint64_t transformed(const Matrix& matrix, std::uint64_t vector) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; vector != 0; ++i, vector >>= 1) {
    if (vector & 1) result ^= matrix[i];
  }
  return result;
}

Matrix squared(const Matrix& matrix) {
  Matrix result{};
  for (std::size_t i = 0; i < 64; ++i) result[i] = transformed(matrix, matrix[i]);
  return result;
}

std::uint64_t readBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::optional<DigestKind> checksumKind(std::string_view algorithm) {
  const Algorithm* found = find(algorithm);
  return found ? std::optional(found->kind) : std::nullopt;
}

std::string defaultChecksumType(std::string_view algorithm) {
  return algorithm == "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
}

// Reflected CRCs: appending a zero bit is a linear map of the register. It is applied 8 * second_size times by repeated
// squaring; the initial and final inversions cancel out, as in zlib's crc32_combine.
std::string combineCrc(DigestKind kind, std::string_view first, std::string_view second, std::uint64_t second_size) {
  const std::size_t bits = first.size() * 8;
  const std::uint64_t polynomial = kind == DigestKind::Crc32    ? 0xEDB88320ULL
                                   : kind == DigestKind::Crc32c ? 0x82F63B78ULL
                                                                : 0x9A6C9329AC4BC9B5ULL;
  Matrix shift{};
  shift[0] = polynomial;
  for (std::size_t i = 1; i < bits; ++i) shift[i] = std::uint64_t{1} << (i - 1);
  for (int i = 0; i < 3; ++i) shift = squared(shift);  // One zero byte.
  std::uint64_t register_ = readBigEndian(first);
  for (std::uint64_t rest = second_size; rest != 0; rest >>= 1) {
    if (rest & 1) register_ = transformed(shift, register_);
    shift = squared(shift);
  }
  register_ ^= readBigEndian(second);
  std::string result(first.size(), '\0');
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[result.size() - 1 - i] = static_cast<char>(register_ >> (8 * i));
  }
  return result;
}

base::Result<std::string> chooseAlgorithm(const std::map<std::string, std::string>& given,
                                          const std::optional<std::string>& named) {
  if (given.size() > 1)
    return invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  if (given.empty()) {
    if (!named || named->empty()) return std::string();
    if (!find(*named)) {
      return invalidRequest(
          "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, "
          "CRC64NVME, SHA1, SHA256]");
    }
    return *named;
  }
  const auto& [algorithm, value] = *given.begin();
  std::string lower;
  for (char c : algorithm) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  auto bytes = base::decodeBase64(value);
  if (!bytes || bytes->size() != find(algorithm)->bytes) {
    return invalidRequest("Value for x-amz-checksum-" + lower + " header is invalid.");
  }
  if (named && !named->empty() && *named != algorithm) {
    return invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return algorithm;
}

}  // namespace thimble::services::s3
