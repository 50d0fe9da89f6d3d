#include "services/dynamodb/table_process.h"

#include <charconv>

#include "base/encoding.h"
#include "services/dynamodb/counting.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/recovery/point_in_time.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using dispatch::ProcessInput;

constexpr std::size_t kRowsPerPurge = 1000;
// Items that one step of a build puts into indexes: few enough to seldom conflict with writers.
constexpr std::size_t kItemsPerStep = 100;
constexpr std::size_t kExpiriesPerStep = 100;
// How often expired items are looked for: AWS takes up to days, but those who test with it wait some seconds.
constexpr std::int64_t kExpiryMilliseconds = 2'000;
// How often it is looked for what is too old to be restored to.
constexpr std::int64_t kTrimMilliseconds = 24LL * 3600 * 1000;

constexpr std::int64_t kFiveYearsOfSeconds = 5LL * 365 * 24 * 3600;

/// How far a build has come: the key of the last item that it has seen.
std::string buildCursorKey(std::int64_t number) {
  return store::Key("dynamodb.build").add(number).bytes();
}

/// The table's row, when it is still the table that the process was started for.
std::optional<rows::Table> findOwn(dispatch::ProcessContext& context) {
  const std::string& id = context.self().id;
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  const std::size_t third = id.find('/', second + 1);
  auto row = kTables.get(context.transaction(), id.substr(0, first), id.substr(first + 1, second - first - 1),
                         id.substr(second + 1, third - second - 1));
  if (row && std::to_string(row->number()) != id.substr(third + 1)) row.reset();
  return row;
}

void deleteTable(dispatch::ProcessContext& context, const rows::Table& table) {
  kTables.erase(context.transaction(), table.account(), table.region(), table.name());
  eraseCount(context.transaction(), table);
  // What a backup is being made of is purged when that is written.
  if (table.last_backup().empty()) startPurge(context, itemPrefix(table.number()));
  if (table.indexes_size() > 0) startPurge(context, indexesPrefix(table.number()));
  if (!table.ttl_attribute().empty()) startPurge(context, expiryPrefix(table.number()));
  if (table.recovery_since() != 0) startPurge(context, recoveryPrefix(table.number()));
}

}  // namespace

Json settleLater() {
  return Json::object({{"do", "settle"}});
}
Json deleteLater() {
  return Json::object({{"do", "delete"}});
}
Json deleteNow() {
  return Json::object({{"do", "delete now"}});
}
Json buildIndexes() {
  return Json::object({{"do", "build"}});
}
Json recoveryBegun() {
  return Json::object({{"do", "trim"}});
}
Json timeToLiveChanged() {
  return Json::object({{"do", "expire"}});
}

void TableProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  auto table = findOwn(context);
  if (!table) return;
  const base::Timestamp soon{context.now().milliseconds + kStatusMilliseconds};
  switch (input.type) {
    case ProcessInput::Type::Start:
    case ProcessInput::Type::Signal: {
      const std::string what = input.payload.stringAt("do");
      if (what == "settle" || what == "delete") context.scheduleTimer(what, soon);
      if (what == "delete now") deleteTable(context, *table);
      if (what == "build") context.scheduleContinue();
      if (what == "trim") context.scheduleTimer("trim", context.now().plusMilliseconds(kTrimMilliseconds));
      if (what == "expire") {
        if (table->ttl_building()) context.scheduleContinue();
        if (table->ttl_attribute().empty()) {
          context.cancelTimer("expire");
          startPurge(context, expiryPrefix(table->number()));
        } else {
          context.scheduleTimer("expire", {context.now().milliseconds + kExpiryMilliseconds});
        }
      }
      return;
    }
    case ProcessInput::Type::Timer:
      if (input.name == "settle" && settle(*table, context.now())) saveTable(context.transaction(), *table);
      if (input.name == "expire") expire(context, *table);
      if (input.name == "trim") trim(context, *table, input.payload);
      if (input.name == "delete" && table->status() == "DELETING") deleteTable(context, *table);
      return;
    case ProcessInput::Type::Continue:
      build(context, std::move(*table));
      return;
    default:
      return;
  }
}

void TableProcess::build(dispatch::ProcessContext& context, rows::Table table) {
  store::Transaction& transaction = context.transaction();
  // 1. Indexes that are to go: their entries are purged, then nothing of them is left.
  auto& indexes = *table.mutable_indexes();
  for (int i = indexes.size() - 1; i >= 0; --i) {
    if (indexes[i].status() != "DELETING") continue;
    startPurge(context, indexPrefix(table.number(), indexes[i].number()));
    table.mutable_insights()->erase(indexes[i].name());
    indexes.DeleteSubrange(i, 1);
    dropUnusedAttributes(table);
  }
  // 2. The next items into the first index that is being built; writers keep the rest up to date meanwhile. The
  // table's row changes only when a build is done, so that a step does not conflict with every writer: the cursor is a
  // row of its own.
  const std::string prefix = itemPrefix(table.number());
  const auto info = makeTableInfo(table.SerializeAsString());
  const std::string cursor_key = buildCursorKey(table.number());
  for (rows::Index& index : indexes) {
    if (!index.backfilling()) continue;
    store::Range range{prefix, store::prefixEnd(prefix)};
    if (const auto cursor = transaction.get(cursor_key)) range.begin = *cursor + std::string(1, '\0');
    const auto rows = transaction.scan(range, {.limit = kItemsPerStep});
    const IndexInfo& target = *info->findIndex(index.name());
    for (const store::Row& row : rows) {
      if (auto entry = indexEntry(*info, target, lang::expression::ItemView(row.value))) {
        transaction.put(std::move(entry->key), std::move(entry->value));
      }
    }
    if (rows.size() < kItemsPerStep) {
      index.set_backfilling(false);
      index.set_status("ACTIVE");
      transaction.erase(cursor_key);
      saveTable(transaction, table);
    } else {
      transaction.put(cursor_key, rows.back().key);
    }
    context.scheduleContinue();
    return;
  }
  // 3. The expiries of the items that were there before time to live was turned on.
  if (table.ttl_building()) {
    const std::string ttl_cursor = buildCursorKey(-table.number());
    store::Range range{prefix, store::prefixEnd(prefix)};
    if (const auto cursor = transaction.get(ttl_cursor)) range.begin = *cursor + std::string(1, '\0');
    const auto rows = transaction.scan(range, {.limit = kItemsPerStep});
    for (const store::Row& row : rows) {
      if (const auto second = expiryOf(*info, lang::expression::ItemView(row.value))) {
        transaction.put(expiryKey(*info, *second, row.key), std::string());
      }
    }
    if (rows.size() < kItemsPerStep) {
      table.set_ttl_building(false);
      transaction.erase(ttl_cursor);
      saveTable(transaction, table);
    } else {
      transaction.put(ttl_cursor, rows.back().key);
      context.scheduleContinue();
    }
    return;
  }
  // 4. Nothing is left to do.
  settle(table, context.now());
  saveTable(transaction, table);
}

void TableProcess::expire(dispatch::ProcessContext& context, const rows::Table& table) {
  if (table.ttl_attribute().empty()) return;
  store::Transaction& transaction = context.transaction();
  const auto info = makeTableInfo(table.SerializeAsString());
  const std::string prefix = expiryPrefix(table.number());
  const std::string item_prefix = itemPrefix(table.number());
  const std::int64_t now = context.now().milliseconds / 1000;
  // An item that expired more than five years ago is not deleted: the attribute may mean something else.
  const store::Range range{prefix + store::Key().add(now - kFiveYearsOfSeconds).bytes(),
                           prefix + store::Key().add(now + 1).bytes()};
  const auto rows = transaction.scan(range, {.limit = kExpiriesPerStep});
  for (const store::Row& row : rows) {
    const std::string item_key = item_prefix + row.key.substr(prefix.size() + sizeof(std::int64_t));
    const Stored item = transaction.get(item_key);
    if (!item) {
      transaction.erase(row.key);
      continue;
    }
    writeItem(transaction, *data_.sequencer, context.now(), {*info, item_key, item, nullptr, true});
  }
  const bool more = rows.size() == kExpiriesPerStep;
  context.scheduleTimer("expire", {context.now().milliseconds + (more ? 0 : kExpiryMilliseconds)});
}

void TableProcess::trim(dispatch::ProcessContext& context, const rows::Table& table, const Json& payload) {
  // Also when recovery is off by now: what it kept grows old all the same.
  const std::string cursor = base::decodeHex(payload.stringAt("Cursor")).value_or("");
  const std::string next = trimRecovery(context.transaction(), table, context.now(), cursor);
  const std::int64_t wait = next.empty() ? kTrimMilliseconds : 0;
  context.scheduleTimer("trim", context.now().plusMilliseconds(wait),
                        Json::object({{"Cursor", base::encodeHex(next)}}));
}

void startPurge(dispatch::ProcessContext& context, const std::string& prefix) {
  context.start({"dynamodb.purge", base::encodeHex(prefix)}, Json());
}

void PurgeProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  const std::string prefix = base::decodeHex(context.self().id).value_or("");
  if (prefix.empty()) return;
  // The first step is not part of the transaction that deleted the table.
  if (input.type == ProcessInput::Type::Start) {
    context.scheduleContinue();
    return;
  }
  const auto rows = context.transaction().scanPrefix(prefix, {.limit = kRowsPerPurge});
  for (const store::Row& row : rows) context.transaction().erase(row.key);
  if (rows.size() == kRowsPerPurge) context.scheduleContinue();
}

}  // namespace thimble::services::dynamodb
