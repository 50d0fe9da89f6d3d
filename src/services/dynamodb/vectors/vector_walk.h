// A walk through entries of a vector index for those that are nearest to a vector: in turns, since there may be
// millions and others wait for the thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/expression/condition.h"
#include "services/dynamodb/vectors/vector_entries.h"
#include "services/dynamodb/vectors/vectors.h"
#include "store/store.h"

namespace thimble::services::dynamodb {

/// Used by one thread at a time. Holds no more than the nearest entries and those of one turn.
class VectorWalk {
 public:
  /// `snapshot`: what all turns read. `range`: rows of the index, which must outlive the walk. `most`: how many are
  /// kept.
  VectorWalk(store::Transaction snapshot, const IndexInfo& index, store::Range range, std::string vector,
             std::size_t most);

  /// Looks at the next entries, of which those that do not match are passed over; false when none are left.
  bool turn(const std::optional<lang::expression::Condition>& condition);

  /// What DynamoDB counts for all that was looked at.
  double bytes() const { return bytes_; }
  /// The nearest first; nothing is left.
  std::vector<Nearest::Found> take() { return nearest_.take(); }

 private:
  store::Transaction snapshot_;
  const IndexInfo& index_;
  store::Range range_;
  std::string vector_;
  Nearest nearest_;
  std::size_t rows_wanted_;
  double bytes_ = 0;
};

}  // namespace thimble::services::dynamodb
