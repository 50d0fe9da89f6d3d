// What point-in-time recovery keeps: what each item was before each of its changes, in the change's own commit. A table
// as it was is the table now with all later changes taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "services/dynamodb/item_rows.h"
#include "store/store.h"

namespace thimble::services::dynamodb {

/// Keeps what the item was, when the table has recovery turned on. To be called by writeItem().
void keepForRecovery(store::Transaction& transaction, Sequencer& sequencer, base::Timestamp now,
                     const ItemChange& change);

/// From when on a table can be had as it was, in milliseconds since 1970. It must have recovery turned on.
std::int64_t earliestRestorable(const rows::Table& table, base::Timestamp now);

/// Reads a table as it was at one instant, in the order of its keys.
class PointInTime {
 public:
  /// `at`: changes at this millisecond and before it count. All is read from one snapshot, the transaction's.
  PointInTime(store::Transaction& snapshot, std::int64_t table, base::Timestamp at);

  /// Some of the items, fewer than that at the end only. Nothing: that was all.
  std::vector<std::string> next();

 private:
  /// Rows in order, fetched some at a time, with what follows their prefix as key.
  struct Rows {
    store::Range rest;
    std::size_t prefix = 0;
    std::vector<store::Row> page;
    std::size_t at = 0;
    bool last = false;

    Rows(const std::string& its_prefix);
    const store::Row* look(store::Transaction& snapshot);
    std::string_view key() const { return std::string_view(page[at].key).substr(prefix); }
  };

  store::Transaction& snapshot_;
  std::int64_t later_;  ///< The first sequence number that is later.
  Rows items_;
  Rows changes_;
};

/// Removes some of what is too old to be restored to, going on behind `cursor`. Returns the next cursor; empty: that
/// was all.
std::string trimRecovery(store::Transaction& transaction, const rows::Table& table, base::Timestamp now,
                         const std::string& cursor);

}  // namespace thimble::services::dynamodb
