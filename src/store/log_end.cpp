#include "store/log_end.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/digest.h"

namespace thimble::store {
namespace {

constexpr std::size_t kBlock = 32768;  // The log's own: no fragment crosses its borders.
constexpr std::size_t kHeader = 7;     // Masked CRC-32C (4 bytes), length (2), type (1); little-endian.
constexpr std::size_t kSector = 512;   // What a disk writes whole or not at all, at the least.

enum FragmentType : std::uint8_t { Full = 1, First = 2, Middle = 3, Last = 4 };

std::uint32_t number(std::string_view bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

bool allZeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

std::size_t roomInBlock(std::size_t place) {
  return kBlock - place % kBlock;
}

/// That of the type and the content; it is stored rotated by 15 bits and with a constant added.
std::uint32_t storedChecksum(std::string_view log, std::size_t place) {
  const std::uint32_t rotated = number(log.substr(place, 4)) - 0xa282ead8U;
  return rotated << 15 | rotated >> 17;
}

/// The fragment's length with its header when a valid one of these types is at `place`.
std::optional<std::size_t> fragmentAt(std::string_view log, std::size_t place, FragmentType from, FragmentType to) {
  const std::size_t room = std::min(roomInBlock(place), log.size() - place);
  if (room < kHeader) return std::nullopt;
  const auto type = static_cast<unsigned char>(log[place + 6]);
  const std::size_t length = kHeader + number(log.substr(place + 4, 2));
  if (type < from || type > to || length > room) return std::nullopt;
  if (base::crc32c(log.substr(place + 6, length - 6)) != storedChecksum(log, place)) return std::nullopt;
  return length;
}

/// Whether a record begins at `from` or behind it.
bool recordBeginsIn(std::string_view log, std::size_t from) {
  for (std::size_t place = from; place + kHeader <= log.size(); ++place) {
    const auto type = static_cast<unsigned char>(log[place + 6]);
    if ((type == Full || type == First) && fragmentAt(log, place, Full, First)) return true;
  }
  return false;
}

/// Whether the fragment at `place` would be valid with another length that ends between `from` and `to`, where all is
/// zeros: its length has rotted then, for a torn write's checksum fits none.
bool validWithOtherLength(std::string_view log, std::size_t place, std::size_t from, std::size_t to) {
  const std::uint32_t wanted = storedChecksum(log, place);
  std::uint32_t checksum = base::crc32c(log.substr(place + 6, from - place - 6));
  for (std::size_t end = from; end < to; ++end) {
    if (checksum == wanted) return true;
    checksum = base::crc32c(std::string_view("\0", 1), checksum);
  }
  return false;
}

/// Whether the write at `place` lacks a sector: one that holds zeros from where the write must have reached into it.
bool lacksSector(std::string_view log, std::size_t place) {
  const std::size_t content_end = log.find_last_not_of('\0') + 1;
  // 1. Its first sector may hold the end of the record before.
  const std::size_t first_end = std::min((place / kSector + 1) * kSector, log.size());
  if (allZeros(log.substr(place, first_end - place))) return true;
  // 2. How far it was to reach: as its header says, which is in that first sector, or the file ends in it.
  std::size_t end = content_end;
  if (log.size() - place >= kHeader) {
    end = std::max(end, place + std::min(roomInBlock(place), kHeader + number(log.substr(place + 4, 2))));
    const std::size_t from = std::max(content_end, place + kHeader);
    if (validWithOtherLength(log, place, from, std::min(end, log.size()))) return false;
  }
  // 3. The file was cut within it, or a sector in between is empty.
  if (end > log.size()) return true;
  for (std::size_t sector = first_end; sector < end; sector += kSector) {
    if (allZeros(log.substr(sector, std::min(kSector, end - sector)))) return true;
  }
  return false;
}

}  // namespace

LogEnd findLogEnd(std::string_view log) {
  std::size_t place = 0;
  std::size_t whole = 0;  // Behind the last whole record.
  bool within = false;    // A record's first fragments are before `place`.
  for (;;) {
    // 1. The rest of a block that is too small for a header is filled with zeros.
    if (roomInBlock(place) < kHeader) {
      const std::size_t room = std::min(roomInBlock(place), log.size() - place);
      if (!allZeros(log.substr(place, room))) return {whole, true};
      place += room;
    }
    // 2. Fragments follow one another: one that is full, or a first, some in the middle and a last one.
    const auto length =
        within ? fragmentAt(log, place, Middle, Last) : fragmentAt(log, place, FragmentType::Full, FragmentType::First);
    if (!length) break;
    const auto type = static_cast<unsigned char>(log[place + 6]);
    place += *length;
    within = type == First || type == Middle;
    if (!within) whole = place;
  }
  // 3. What is left.
  const std::string_view rest = log.substr(std::min(place, log.size()));
  if (allZeros(rest)) return {whole, false};
  return {whole, recordBeginsIn(log, place) || !lacksSector(log, place)};
}

}  // namespace thimble::store
