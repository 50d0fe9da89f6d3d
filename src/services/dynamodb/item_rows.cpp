#include "services/dynamodb/item_rows.h"

#include <cmath>

#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/vectors/vector_entries.h"

namespace thimble::services::dynamodb {

using lang::expression::Item;
using lang::expression::itemSize;
using lang::expression::ItemView;
using lang::expression::Type;

namespace {

/// What it costs to write an entry, or to remove it.
double entryCost(const IndexInfo& index, const std::string& value) {
  if (index.vector) return vectorEntryCost(index, value);
  return writeUnits(itemSize(ItemView(value)));
}

void writeIndexes(store::Transaction& transaction, const ItemChange& change, IndexUnits* units) {
  const ItemView before = viewOf(change.before);
  for (const IndexInfo& index : change.table.indexes) {
    if (!index.kept) continue;
    std::optional<IndexEntry> old_entry;
    std::optional<IndexEntry> new_entry;
    if (change.before) old_entry = indexEntry(change.table, index, before);
    if (change.after != nullptr) new_entry = indexEntry(change.table, index, *change.after);
    if (old_entry == new_entry) continue;
    if (units != nullptr) {
      const double removed = old_entry ? entryCost(index, old_entry->value) : 0;
      const double written = new_entry ? entryCost(index, new_entry->value) : 0;
      const bool same_row = old_entry && new_entry && old_entry->key == new_entry->key;
      (*units)[index.name] += same_row ? std::max(removed, written) : removed + written;
    }
    if (old_entry && !(new_entry && old_entry->key == new_entry->key)) transaction.erase(std::move(old_entry->key));
    if (new_entry) transaction.put(std::move(new_entry->key), std::move(new_entry->value));
  }
}

void writeStream(store::Transaction& transaction, Sequencer& sequencer, base::Timestamp now, const ItemChange& change) {
  const rows::Table& table = change.table.row;
  if (table.stream_number() == 0) return;
  rows::StreamRecord record;
  record.set_event(!change.before ? "INSERT" : change.after == nullptr ? "REMOVE" : "MODIFY");
  record.set_expired(change.expired);
  record.set_time(now.milliseconds);
  const Item keys = keyAttributes(change.table, change.after != nullptr ? change.after->view() : viewOf(change.before));
  record.set_keys(keys.bytes());
  std::size_t size = itemSize(keys);
  const std::string& view = table.stream_view();
  if (change.before && (view == "OLD_IMAGE" || view == "NEW_AND_OLD_IMAGES")) {
    record.set_old_image(*change.before);
    size += itemSize(viewOf(change.before));
  }
  if (change.after != nullptr && (view == "NEW_IMAGE" || view == "NEW_AND_OLD_IMAGES")) {
    record.set_new_image(change.after->bytes());
    size += itemSize(*change.after);
  }
  record.set_size(static_cast<std::int64_t>(size));
  sequencer.meet(table.stream_number(), [&] { return lastSequence(transaction, table.stream_number()).value_or(0); });
  const auto ticket = sequencer.take(table.stream_number(), now);
  transaction.put(streamPrefix(table.stream_number()) + store::Key().add(ticket->number()).bytes(),
                  record.SerializeAsString());
  // The transaction holds the ticket until it is over, however it ends.
  transaction.onCommitted([ticket] {});
}

void writeExpiry(store::Transaction& transaction, const ItemChange& change) {
  if (change.table.row.ttl_attribute().empty()) return;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  if (change.before) before = expiryOf(change.table, viewOf(change.before));
  if (change.after != nullptr) after = expiryOf(change.table, *change.after);
  if (before == after) return;
  if (before) transaction.erase(expiryKey(change.table, *before, change.key));
  if (after) transaction.put(expiryKey(change.table, *after, change.key), std::string());
}

}  // namespace

std::optional<IndexEntry> indexEntry(const TableInfo& table, const IndexInfo& index, ItemView item) {
  if (index.vector) return vectorEntry(table, index, item);
  auto key = indexKey(table, index, item);
  if (!key) return std::nullopt;
  return IndexEntry{std::move(*key), index.projectsAll() ? Item(item).bytes() : pick(item, index.projected).bytes()};
}

std::optional<std::int64_t> expiryOf(const TableInfo& table, ItemView item) {
  const auto value = item.find(table.row.ttl_attribute());
  if (!value || value->type() != Type::N) return std::nullopt;
  std::int64_t second = 0;
  if (!value->number().toInteger(second)) {
    // Parts of a second do not count.
    const std::string text = value->number().text();
    if (text.size() > 18 || text.empty()) return std::nullopt;
    second = std::strtoll(text.c_str(), nullptr, 10);
  }
  if (second <= 0) return std::nullopt;
  return second;
}

std::string expiryKey(const TableInfo& table, std::int64_t second, const std::string& item_key) {
  const std::string prefix = itemPrefix(table.row.number());
  return expiryPrefix(table.row.number()) + store::Key().add(second).bytes() + item_key.substr(prefix.size());
}

void writeItem(store::Transaction& transaction, Sequencer& sequencer, base::Timestamp now, const ItemChange& change,
               IndexUnits* units) {
  if (change.after == nullptr && !change.before && change.table.needsOld()) return;
  const bool same = change.before && change.after != nullptr && *change.before == change.after->bytes();
  if (same) return;
  writeIndexes(transaction, change, units);
  writeExpiry(transaction, change);
  writeStream(transaction, sequencer, now, change);
  keepForRecovery(transaction, sequencer, now, change);
  if (change.after != nullptr) {
    transaction.put(change.key, change.after->bytes());
  } else {
    transaction.erase(change.key);
  }
}

double writeUnits(std::size_t bytes) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / 1024));
}

double readUnits(std::size_t bytes, bool consistent) {
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / 4096)) * (consistent ? 1 : 0.5);
}

}  // namespace thimble::services::dynamodb
