#include "store/blob_marks.h"

#include <algorithm>
#include <array>

namespace thimble::store {
namespace {

constexpr std::uint8_t kNone = 0xff;

/// What each byte is worth as a digit of a name; names have no capitals.
constexpr std::array<std::uint8_t, 256> kWorth = [] {
  std::array<std::uint8_t, 256> worth{};
  worth.fill(kNone);
  for (std::uint8_t i = 0; i < 10; ++i) worth[std::size_t{'0'} + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) worth[std::size_t{'a'} + i] = static_cast<std::uint8_t>(10 + i);
  return worth;
}();

std::uint8_t worthOf(char byte) {
  return kWorth[static_cast<unsigned char>(byte)];
}

/// Of the last 16 digits.
std::uint64_t endOf(std::string_view digits) {
  std::uint64_t end = 0;
  for (const char digit : digits.substr(digits.size() - 16)) end = end << 4 | worthOf(digit);
  return end;
}

}  // namespace

BlobMarks::BlobMarks(std::vector<std::string> names) : names_(std::move(names)) {
  std::erase_if(names_, [](const std::string& name) {
    return name.size() != kDigits ||
           std::any_of(name.begin(), name.end(), [](char digit) { return worthOf(digit) == kNone; });
  });
  named_.resize(names_.size());
  by_end_.reserve(names_.size());
  for (std::uint32_t i = 0; i < names_.size(); ++i) by_end_.emplace_back(endOf(names_[i]), i);
  std::sort(by_end_.begin(), by_end_.end());
}

void BlobMarks::look(std::string_view bytes) {
  // A name that begins within the next kDigits bytes covers the last of them: where that is no digit, none begins
  // before it.
  std::size_t begin = 0;
  while (begin + kDigits <= bytes.size()) {
    std::size_t last = begin + kDigits - 1;
    if (worthOf(bytes[last]) == kNone) {
      begin = last + 1;
      continue;
    }
    std::size_t first = last;
    while (first > begin && worthOf(bytes[first - 1]) != kNone) --first;
    while (last + 1 < bytes.size() && worthOf(bytes[last + 1]) != kNone) ++last;
    if (last - first + 1 >= kDigits) lookInDigits(bytes.substr(first, last - first + 1));
    begin = last + 1;
  }
}

void BlobMarks::lookInDigits(std::string_view digits) {
  std::uint64_t end = endOf(digits.substr(0, kDigits));
  for (std::size_t past = kDigits;; ++past) {
    const std::string_view name = digits.substr(past - kDigits, kDigits);
    for (auto found = std::lower_bound(by_end_.begin(), by_end_.end(), std::pair(end, std::uint32_t{0}));
         found != by_end_.end() && found->first == end; ++found) {
      if (names_[found->second] == name) named_[found->second] = true;
    }
    if (past == digits.size()) return;
    end = end << 4 | worthOf(digits[past]);
  }
}

std::vector<std::string> BlobMarks::unnamed() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!named_[i]) out.push_back(names_[i]);
  }
  return out;
}

}  // namespace thimble::store
