#include "lang/sam/hashed_order.h"

namespace thimble::lang::sam {
namespace {

/// Next code point of well-formed UTF-8; `at` moves past it.
std::uint32_t nextCodePoint(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  std::uint32_t point = more == 3 ? lead & 0x07U : more == 2 ? lead & 0x0FU : more == 1 ? lead & 0x1FU : lead;
  for (; more > 0 && at < text.size(); --more) point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

}  // namespace

std::uint64_t python27Hash(std::string_view utf8) {
  if (utf8.empty()) return 0;
  std::size_t at = 0;
  std::uint64_t hash = std::uint64_t{nextCodePoint(utf8, at)} << 7;
  std::uint64_t length = 0;
  for (at = 0; at < utf8.size(); ++length) hash = (1000003 * hash) ^ nextCodePoint(utf8, at);
  return hash ^ length;
}

std::size_t HashedOrder::find(const std::string& key) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t hash = python27Hash(key);
  std::size_t slot = hash & mask;
  std::size_t free_slot = slots_.size();
  std::uint64_t walker = slot;
  std::uint64_t perturb = hash;
  while (true) {
    const Slot& here = slots_[slot];
    if (here.state == State::Empty) return free_slot < slots_.size() ? free_slot : slot;
    if (here.state == State::Used && here.key == key) return slot;
    if (here.state == State::Removed && free_slot == slots_.size()) free_slot = slot;
    walker = (walker << 2) + walker + perturb + 1;
    slot = walker & mask;
    perturb >>= 5;
  }
}

void HashedOrder::resize(std::size_t request) {
  std::size_t new_size = 8;
  while (new_size <= request) new_size <<= 1;
  std::vector<Slot> old = std::move(slots_);
  slots_ = std::vector<Slot>(new_size);
  size_ = fill_ = 0;
  for (Slot& slot : old) {
    if (slot.state == State::Used) add(slot.key);
  }
}

void HashedOrder::add(const std::string& key) {
  Slot& slot = slots_[find(key)];
  if (slot.state == State::Used) return;
  if (slot.state == State::Empty) ++fill_;
  slot = {State::Used, key};
  ++size_;
  if (fill_ * 3 >= slots_.size() * 2) resize(size_ * (size_ > 50000 ? 2 : 4));
}

void HashedOrder::remove(const std::string& key) {
  Slot& slot = slots_[find(key)];
  if (slot.state != State::Used) return;
  slot = {State::Removed, {}};
  --size_;
}

void HashedOrder::reserveForMerge(std::size_t count) {
  if (count > 0 && (fill_ + count) * 3 >= slots_.size() * 2) resize((size_ + count) * 2);
}

std::vector<std::string> HashedOrder::keys() const {
  std::vector<std::string> keys;
  keys.reserve(size_);
  for (const Slot& slot : slots_) {
    if (slot.state == State::Used) keys.push_back(slot.key);
  }
  return keys;
}

}  // namespace thimble::lang::sam
