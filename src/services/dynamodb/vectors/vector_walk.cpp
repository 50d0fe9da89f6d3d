#include "services/dynamodb/vectors/vector_walk.h"

#include <algorithm>
#include <utility>

namespace thimble::services::dynamodb {
namespace {

// What one turn reads: about as many bytes, in rows as large as those before. It takes some tenths of a millisecond.
constexpr std::size_t kBytesPerTurn = std::size_t{256} << 10;
constexpr std::size_t kFirstRows = 100;
constexpr std::size_t kMostRows = 1000;

}  // namespace

VectorWalk::VectorWalk(store::Transaction snapshot, const IndexInfo& index, store::Range range, std::string vector,
                       std::size_t most)
    : snapshot_(std::move(snapshot)),
      index_(index),
      range_(std::move(range)),
      vector_(std::move(vector)),
      nearest_(index.vector->distance, most),
      rows_wanted_(std::clamp<std::size_t>(kBytesPerTurn / (vector_.size() + 1), 1, kFirstRows)) {}

bool VectorWalk::turn(const std::optional<lang::expression::Condition>& condition) {
  for (std::size_t read = 0; read < kBytesPerTurn;) {
    const auto rows = snapshot_.scan(range_, {.limit = rows_wanted_});
    std::size_t read_now = 0;
    for (const store::Row& row : rows) {
      read_now += row.key.size() + row.value.size();
      bytes_ += static_cast<double>(vectorEntrySize(index_, row.value));
      if (condition && !condition->matches(attributesOf(index_, row.value))) continue;
      nearest_.offer(score(index_.vector->distance, vector_, vectorOf(index_, row.value)), row.value);
    }
    if (rows.size() < rows_wanted_) return false;
    range_.begin = rows.back().key + std::string(1, '\0');
    rows_wanted_ = std::clamp<std::size_t>(kBytesPerTurn * rows.size() / read_now + 1, 1, kMostRows);
    read += read_now;
  }
  return true;
}

}  // namespace thimble::services::dynamodb
