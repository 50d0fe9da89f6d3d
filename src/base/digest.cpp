#include "base/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "base/encoding.h"

namespace thimble::base {
namespace {

// Slicing by eight: table k holds the checksum of a byte followed by k zero bytes, so eight bytes cost eight look-ups
// that do not depend on each other.
template <class Word>
using SliceTables = std::array<std::array<Word, 256>, 8>;

template <class Word>
constexpr SliceTables<Word> makeTables(Word reflected_polynomial) {
  SliceTables<Word> tables{};
  for (std::size_t i = 0; i < 256; ++i) {
    Word value = static_cast<Word>(i);
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ reflected_polynomial : value >> 1;
    tables[0][i] = value;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
    }
  }
  return tables;
}

template <class Word>
Word slicedCrc(const SliceTables<Word>& tables, std::string_view bytes, Word seed) {
  Word crc = ~seed;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  while (left >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);  // Little-endian machines only, as all that Debian runs this on.
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][word >> (8 * k) & 0xff];
    at += 8;
    left -= 8;
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
  return ~crc;
}

template <class Word>
std::string bigEndian(Word value) {
  std::string out(sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) out[sizeof value - 1 - i] = static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context startHash(const EVP_MD* kind) {
  Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), kind, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot begin a digest");
  }
  return context;
}

std::string finishHash(EVP_MD_CTX* context) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context, out, &length) != 1) throw std::runtime_error("OpenSSL cannot finish a digest");
  return {reinterpret_cast<const char*>(out), length};
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  static constexpr SliceTables<std::uint32_t> kTables = makeTables<std::uint32_t>(0x82f63b78u);
  return slicedCrc(kTables, bytes, seed);
}

std::uint64_t crc64Nvme(std::string_view bytes, std::uint64_t seed) {
  static constexpr SliceTables<std::uint64_t> kTables = makeTables<std::uint64_t>(0x9a6c9329ac4bc9b5u);
  return slicedCrc(kTables, bytes, seed);
}

struct Digester::State {
  DigestSet kinds;
  Context sha256, sha1, md5;
  std::uint32_t crc32 = 0;
  std::uint32_t crc32c = 0;
  std::uint64_t crc64 = 0;
};

Digester::Digester(DigestSet kinds) : state_(std::make_unique<State>()) {
  state_->kinds = kinds;
  if (kinds.contains(DigestKind::Sha256)) state_->sha256 = startHash(EVP_sha256());
  if (kinds.contains(DigestKind::Sha1)) state_->sha1 = startHash(EVP_sha1());
  if (kinds.contains(DigestKind::Md5)) state_->md5 = startHash(EVP_md5());
}

Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::update(std::string_view bytes) {
  State& state = *state_;
  for (EVP_MD_CTX* context : {state.sha256.get(), state.sha1.get(), state.md5.get()}) {
    if (context != nullptr && EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1) {
      throw std::runtime_error("OpenSSL cannot continue a digest");
    }
  }
  if (state.kinds.contains(DigestKind::Crc32)) state.crc32 = base::crc32(bytes, state.crc32);
  if (state.kinds.contains(DigestKind::Crc32c)) state.crc32c = base::crc32c(bytes, state.crc32c);
  if (state.kinds.contains(DigestKind::Crc64Nvme)) state.crc64 = crc64Nvme(bytes, state.crc64);
}

std::map<DigestKind, std::string> Digester::finish() {
  State& state = *state_;
  std::map<DigestKind, std::string> out;
  if (state.sha256) out[DigestKind::Sha256] = finishHash(state.sha256.get());
  if (state.sha1) out[DigestKind::Sha1] = finishHash(state.sha1.get());
  if (state.md5) out[DigestKind::Md5] = finishHash(state.md5.get());
  if (state.kinds.contains(DigestKind::Crc32)) out[DigestKind::Crc32] = bigEndian(state.crc32);
  if (state.kinds.contains(DigestKind::Crc32c)) out[DigestKind::Crc32c] = bigEndian(state.crc32c);
  if (state.kinds.contains(DigestKind::Crc64Nvme)) out[DigestKind::Crc64Nvme] = bigEndian(state.crc64);
  return out;
}

std::string digestOf(DigestKind kind, std::string_view bytes) {
  Digester digester({kind});
  digester.update(bytes);
  return std::move(digester.finish().begin()->second);
}

}  // namespace thimble::base
