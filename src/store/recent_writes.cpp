#include "store/recent_writes.h"

#include <algorithm>
#include <functional>

namespace thimble::store {

HashTable::Slot& HashTable::slotOf(std::uint64_t hash) {
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].number != 0 && slots_[at].hash != hash) at = (at + 1) & (slots_.size() - 1);
  return slots_[at];
}

std::uint64_t HashTable::get(std::uint64_t hash) const {
  return slots_.empty() ? 0 : const_cast<HashTable*>(this)->slotOf(hash).number;
}

void HashTable::set(std::uint64_t hash, std::uint64_t number) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  Slot& slot = slotOf(hash);
  if (slot.number == 0) ++size_;
  slot = {hash, number};
}

void HashTable::grow() {
  constexpr std::size_t kFirstSlots = 1024;
  std::vector<Slot> old(std::max(kFirstSlots, 2 * slots_.size()));
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.number != 0) slotOf(slot.hash) = slot;
  }
}

bool RecentWrites::Run::touches(const Range& range) const {
  std::size_t first = 0;
  for (std::size_t count = ends.size(); count > 0;) {
    const std::size_t half = count / 2;
    if (key(first + half) < range.begin) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first < ends.size() && range.contains(key(first));
}

bool RecentWrites::changedSince(std::uint64_t sequence, const std::vector<std::uint64_t>& key_hashes,
                                const std::vector<Range>& ranges) const {
  if (sequence < forgotten_) return true;
  for (const std::uint64_t hash : key_hashes) {
    if (younger_.get(hash) > sequence || older_.get(hash) > sequence) return true;
  }
  if (ranges.empty()) return false;
  for (auto run = runs_.rbegin(); run != runs_.rend() && run->sequence > sequence; ++run) {
    for (const Range& range : ranges) {
      if (run->touches(range)) return true;
    }
  }
  return false;
}

void RecentWrites::add(std::uint64_t sequence, const std::vector<Write>& writes) {
  if (writes_ >= most_ && sequence > younger_from_) {
    older_ = std::move(younger_);
    younger_ = HashTable();
    // A group that fills the table goes on in the next one, so its commit is in both.
    forgotten_ = younger_from_;
    while (!runs_.empty() && runs_.front().sequence <= forgotten_) runs_.pop_front();
    writes_ = 0;
    younger_from_ = sequence;
  }
  Run& run = runs_.emplace_back();
  run.sequence = sequence;
  std::size_t size = 0;
  for (const Write& write : writes) size += write.key.size();
  run.bytes.reserve(size);
  run.ends.reserve(writes.size());
  for (const Write& write : writes) {
    younger_.set(keyHash(write.key), sequence);
    run.bytes += write.key;
    run.ends.push_back(static_cast<std::uint32_t>(run.bytes.size()));
  }
  writes_ += writes.size();
}

}  // namespace thimble::store
