// Writing an item: its row, its entries in the indexes, its stream record and its expiry, all in one transaction.
// Everything that changes an item goes through here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "lang/expression/value.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/streams/sequencer.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

/// What the operations on items share; one a server.
struct Data {
  TableCache tables;
  std::shared_ptr<Sequencer> sequencer = std::make_shared<Sequencer>();
};

/// An item's bytes as a row holds them, or nothing when there is no such item.
using Stored = std::optional<std::string>;

inline lang::expression::ItemView viewOf(const Stored& item) {
  return item ? lang::expression::ItemView(*item) : lang::expression::ItemView();
}

/// Write units of indexes, by name; of vector indexes bytes.
using IndexUnits = std::map<std::string, double, std::less<>>;

struct ItemChange {
  const TableInfo& table;
  const std::string& key;  ///< The item's row.
  const Stored& before;    ///< May be left out when the table does not need it (TableInfo::needsOld).
  const lang::expression::Item* after = nullptr;  ///< Null: the item is deleted.
  bool expired = false;                           ///< Deleted since its time to live has passed.
};

/// Makes the change. `units` (or null) gets what it costs in indexes.
void writeItem(store::Transaction& transaction, Sequencer& sequencer, base::Timestamp now, const ItemChange& change,
               IndexUnits* units = nullptr);

/// A row of an index: the attributes that it holds of an item, of a vector index as vector_entries.h has them.
struct IndexEntry {
  std::string key;
  std::string value;
  bool operator==(const IndexEntry&) const = default;
};
/// What an index holds of an item; nothing when the item is not in it.
std::optional<IndexEntry> indexEntry(const TableInfo& table, const IndexInfo& index, lang::expression::ItemView item);

/// When the item expires, in seconds since 1970; nothing when it does not: the attribute must be a number.
std::optional<std::int64_t> expiryOf(const TableInfo& table, lang::expression::ItemView item);
/// The row that says so.
std::string expiryKey(const TableInfo& table, std::int64_t second, const std::string& item_key);

/// Units for a size in bytes: writes of 1 KB.
double writeUnits(std::size_t bytes);
/// Reads of 4 KB, half of one when not consistent.
double readUnits(std::size_t bytes, bool consistent);

}  // namespace thimble::services::dynamodb
