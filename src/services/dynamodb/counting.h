// How many items a table and its indexes have. AWS counts every six hours. What can be counted in some milliseconds is
// counted at once; more is counted in turns of its own, and told as it was counted last.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "dispatch/context.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

class Counting {
 public:
  Counting();
  ~Counting();

  /// Of the table, then of its indexes in order.
  std::vector<Counts> of(dispatch::Context& context, const rows::Table& table);

 private:
  struct State;
  class Counter;
  std::shared_ptr<State> state_;  ///< Shared with the counts that are under way.
};

/// Forgets the count of a table that is deleted.
void eraseCount(store::Transaction& transaction, const rows::Table& table);

}  // namespace thimble::services::dynamodb
