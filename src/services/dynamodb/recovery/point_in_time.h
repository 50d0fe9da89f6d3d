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

/// Rows in order, fetched some at a time, with what follows their prefix as key.
class PagedRows {
 public:
  explicit PagedRows(const std::string& prefix);
  /// The next row, the same one until it is passed; null behind the last.
  const store::Row* look(store::Transaction& snapshot);
  void pass() { ++at_; }
  /// Of the row that look() gave.
  std::string_view key() const { return std::string_view(page_[at_].key).substr(prefix_); }

 private:
  store::Range rest_;
  std::size_t prefix_;
  std::vector<store::Row> page_;
  std::size_t at_ = 0;
  bool last_ = false;
};

/// Reads a table as it was at one instant, in the order of its keys.
class PointInTime {
 public:
  /// `at`: changes at this millisecond and before it count. All is read from one snapshot, the transaction's.
  PointInTime(store::Transaction& snapshot, std::int64_t table, base::Timestamp at);

  /// Some of the items, fewer than that at the end only. Nothing: that was all.
  std::vector<std::string> next();

 private:
  store::Transaction& snapshot_;
  std::int64_t later_;  ///< The first sequence number that is later.
  PagedRows items_;
  PagedRows changes_;
};

/// An item that was written in a span of time, as it was before the span and at its end. Empty: there was none.
struct ItemDifference {
  std::string before;
  std::string after;
  std::int64_t written = 0;  ///< When it was written last in the span, in microseconds since 1970.
};

/// Reads what a span of time changed in a table, in the order of its keys. Items that came and went in it are left out.
class ItemDifferences {
 public:
  /// Changes at the millisecond `from` count, those at `to` do not. All is read from one snapshot, the transaction's.
  ItemDifferences(store::Transaction& snapshot, std::int64_t table, base::Timestamp from, base::Timestamp to);

  /// Some of the items, fewer than that at the end only. Nothing: that was all.
  std::vector<ItemDifference> next();

 private:
  store::Transaction& snapshot_;
  std::int64_t first_;  ///< The first sequence number of the span.
  std::int64_t later_;  ///< The first sequence number behind it.
  std::int64_t table_;
  PagedRows changes_;
};

/// Removes some of what is too old to be restored to, going on behind `cursor`. Returns the next cursor; empty: that
/// was all.
std::string trimRecovery(store::Transaction& transaction, const rows::Table& table, base::Timestamp now,
                         const std::string& cursor);

}  // namespace thimble::services::dynamodb
