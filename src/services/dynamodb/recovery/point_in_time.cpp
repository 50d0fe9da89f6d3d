#include "services/dynamodb/recovery/point_in_time.h"

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

/// The two parts of the key of a change's row: of which item, and which change.
std::string_view itemOf(const PagedRows& changes) {
  return changes.key().substr(0, changes.key().size() - kNumberBytes);
}
std::string_view numberOf(const PagedRows& changes) {
  return changes.key().substr(changes.key().size() - kNumberBytes);
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

PagedRows::PagedRows(const std::string& prefix) : rest_{prefix, store::prefixEnd(prefix)}, prefix_(prefix.size()) {}

const store::Row* PagedRows::look(store::Transaction& snapshot) {
  if (at_ == page_.size() && !last_) {
    page_ = snapshot.scan(rest_, {.limit = kRowsPerPage});
    at_ = 0;
    last_ = page_.size() < kRowsPerPage;
    if (!page_.empty()) rest_.begin = page_.back().key + std::string(1, '\0');
  }
  return at_ < page_.size() ? &page_[at_] : nullptr;
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
    if (change != nullptr && (item == nullptr || itemOf(changes_) <= items_.key())) {
      key = itemOf(changes_);
    } else {
      key = items_.key();
    }
    // 2. What it is now, or what it was before its first later change.
    std::string value;
    if (item != nullptr && items_.key() == key) {
      value = item->value;
      items_.pass();
    }
    bool taken_back = false;
    for (; (change = changes_.look(snapshot_)) != nullptr && itemOf(changes_) == key; changes_.pass()) {
      if (taken_back || numberOf(changes_) < later) continue;
      value = change->value;
      taken_back = true;
    }
    if (!value.empty()) found.push_back(std::move(value));
  }
  return found;
}

ItemDifferences::ItemDifferences(store::Transaction& snapshot, std::int64_t table, base::Timestamp from,
                                 base::Timestamp to)
    : snapshot_(snapshot),
      first_(Sequencer::firstOf(from)),
      later_(Sequencer::firstOf(to)),
      table_(table),
      changes_(recoveryPrefix(table)) {}

std::vector<ItemDifference> ItemDifferences::next() {
  std::vector<ItemDifference> found;
  const std::string first = numberBytes(first_);
  const std::string later = numberBytes(later_);
  const store::Row* change = nullptr;
  while (found.size() < kRowsPerPage && (change = changes_.look(snapshot_)) != nullptr) {
    const std::string key(itemOf(changes_));
    ItemDifference difference;
    bool changed = false;
    bool settled = false;  // Whether `after` is known, from a change behind the span.
    for (; (change = changes_.look(snapshot_)) != nullptr && itemOf(changes_) == key; changes_.pass()) {
      const std::string_view number = numberOf(changes_);
      if (number >= later) {
        if (!settled) difference.after = change->value;
        settled = true;
      } else if (number >= first) {
        if (!changed) difference.before = change->value;
        changed = true;
        difference.written = Sequencer::microsecondsOf(*store::KeyReader(number).number());
      }
    }
    if (!changed) continue;
    if (!settled) difference.after = snapshot_.get(itemPrefix(table_) + key).value_or("");
    if (!difference.before.empty() || !difference.after.empty()) found.push_back(std::move(difference));
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
