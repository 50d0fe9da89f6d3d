#include "services/dynamodb/point_in_time.h"

#include <algorithm>

#include "services/dynamodb/keys.h"

namespace thimble::services::dynamodb {
namespace {

constexpr std::size_t kRowsPerPage = 500;
constexpr std::size_t kRowsPerTrim = 1000;
constexpr std::size_t kNumberBytes = sizeof(std::int64_t);
constexpr std::int64_t kDay = 24LL * 3600 * 1000;

/// The number of a change as the end of its row's key, which sorts as the number does.
std::string numberBytes(std::int64_t number) {
  return store::Key().add(number).bytes();
}

}  // namespace

void keepForRecovery(store::Transaction& transaction, Sequencer& sequencer, base::Timestamp now,
                     const ItemChange& change) {
  const rows::Table& table = change.table.row;
  if (!table.recovery()) return;
  const auto ticket = sequencer.take(table.number(), now);
  const std::string item = change.key.substr(itemPrefix(table.number()).size());
  // Empty: there was no such item.
  transaction.put(recoveryPrefix(table.number()) + item + numberBytes(ticket->number()), change.before.value_or(""));
}

std::int64_t earliestRestorable(const rows::Table& table, base::Timestamp now) {
  return std::max(table.recovery_since(), now.milliseconds - table.recovery_days() * kDay);
}

PointInTime::Rows::Rows(const std::string& its_prefix)
    : rest{its_prefix, store::prefixEnd(its_prefix)}, prefix(its_prefix.size()) {}

const store::Row* PointInTime::Rows::look(store::Transaction& snapshot) {
  if (at == page.size() && !last) {
    page = snapshot.scan(rest, {.limit = kRowsPerPage});
    at = 0;
    last = page.size() < kRowsPerPage;
    if (!page.empty()) rest.begin = page.back().key + std::string(1, '\0');
  }
  return at < page.size() ? &page[at] : nullptr;
}

PointInTime::PointInTime(store::Transaction& snapshot, std::int64_t table, base::Timestamp at)
    : snapshot_(snapshot),
      later_(Sequencer::firstOf({at.milliseconds + 1})),
      items_(itemPrefix(table)),
      changes_(recoveryPrefix(table)) {}

std::vector<std::string> PointInTime::next() {
  std::vector<std::string> found;
  const std::string later = numberBytes(later_);
  while (found.size() < kRowsPerPage) {
    const store::Row* item = items_.look(snapshot_);
    const store::Row* change = changes_.look(snapshot_);
    if (item == nullptr && change == nullptr) break;
    // 1. The next key of the two. Keys end themselves, so that none is the beginning of another.
    std::string key;
    const auto changed = [&] { return changes_.key().substr(0, changes_.key().size() - kNumberBytes); };
    if (change != nullptr && (item == nullptr || changed() <= items_.key())) {
      key = changed();
    } else {
      key = items_.key();
    }
    // 2. What it is now, or what it was before its first later change.
    std::string value;
    if (item != nullptr && items_.key() == key) {
      value = std::move(items_.page[items_.at++].value);
    }
    bool taken_back = false;
    for (; (change = changes_.look(snapshot_)) != nullptr && changed() == key; ++changes_.at) {
      if (taken_back || changes_.key().substr(key.size()) < later) continue;
      value = change->value;
      taken_back = true;
    }
    if (!value.empty()) found.push_back(std::move(value));
  }
  return found;
}

std::string trimRecovery(store::Transaction& transaction, const rows::Table& table, base::Timestamp now,
                         const std::string& cursor) {
  const std::string prefix = recoveryPrefix(table.number());
  const std::string kept = numberBytes(Sequencer::firstOf({earliestRestorable(table, now)}));
  store::Range range{prefix, store::prefixEnd(prefix)};
  if (!cursor.empty()) range.begin = cursor + std::string(1, '\0');
  const auto rows = transaction.scan(range, {.limit = kRowsPerTrim});
  for (const store::Row& row : rows) {
    if (std::string_view(row.key).substr(row.key.size() - kNumberBytes) < kept) transaction.erase(row.key);
  }
  return rows.size() < kRowsPerTrim ? std::string() : rows.back().key;
}

}  // namespace thimble::services::dynamodb
