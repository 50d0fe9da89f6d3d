// Which keys the latest commits wrote: what a transaction's reads are checked against.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/engine.h"

namespace thimble::store {

/// A key as it is remembered. Two keys of one hash at worst make a transaction run again.
inline std::uint64_t keyHash(std::string_view key) {
  return std::hash<std::string_view>{}(key);
}

/// Numbers by hash, without a block of memory an entry: open addressing, doubled when it is half full.
class HashTable {
 public:
  /// 0 when the hash is not there.
  std::uint64_t get(std::uint64_t hash) const;
  /// `number` > 0.
  void set(std::uint64_t hash, std::uint64_t number);
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t number = 0;  ///< 0: free.
  };
  Slot& slotOf(std::uint64_t hash);
  void grow();

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

/// Not for several threads.
class RecentWrites {
 public:
  /// Remembers at least `most` writes, and less than twice as many.
  explicit RecentWrites(std::size_t most) : most_(most) {}

  /// True when a commit after `sequence` wrote one of the keys or a key in one of the ranges, or when that is
  /// forgotten.
  bool changedSince(std::uint64_t sequence, const std::vector<std::uint64_t>& key_hashes,
                    const std::vector<Range>& ranges) const;

  /// Remembers a commit's writes, sorted by key. `sequence` is at least that of the commit before.
  void add(std::uint64_t sequence, const std::vector<Write>& writes);

 private:
  /// The keys of one commit, one after the other in order.
  struct Run {
    std::uint64_t sequence = 0;
    std::string bytes;
    std::vector<std::uint32_t> ends;
    std::string_view key(std::size_t index) const {
      const std::size_t begin = index == 0 ? 0 : ends[index - 1];
      return std::string_view(bytes).substr(begin, ends[index] - begin);
    }
    bool touches(const Range& range) const;
  };

  std::size_t most_;
  std::size_t writes_ = 0;  ///< In `younger_` and its runs.
  // The sequence of the latest commit that wrote a key. When the younger table has its share it becomes the older one,
  // and what was the older one is forgotten.
  HashTable younger_, older_;
  std::deque<Run> runs_;
  std::uint64_t younger_from_ = 0;  ///< The first sequence that is in the younger table.
  std::uint64_t forgotten_ = 0;     ///< Up to this commit nothing is known any more.
};

}  // namespace thimble::store
