#include "services/dynamodb/counting.h"

#include <algorithm>
#include <utility>

#include "lang/expression/value.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/vectors/vector_entries.h"

namespace thimble::services::dynamodb {
namespace {

/// (the table's number): the last count of a table that is too large to be counted at once.
constexpr store::Table<rows::Counted> kCounted("dynamodb.counted");

// What one turn reads: about as many bytes, in rows as large as those before.
constexpr std::size_t kFirstRows = 100;
constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kBytesPerTurn = std::size_t{1} << 20;
constexpr std::size_t kMostAtOnce = 20'000;
constexpr std::size_t kMostBytesAtOnce = std::size_t{16} << 20;
// How long a count is told before another is made.
constexpr std::int64_t kFreshMilliseconds = 60'000;

}  // namespace

struct Counting::State {
  struct Known {
    rows::Counted counted;
    bool under_way = false;
  };
  std::mutex mutex;
  std::map<std::int64_t, Known> known;  ///< By the table's number.
};

/// Counts in one snapshot, some rows at a time.
class Counting::Counter : public std::enable_shared_from_this<Counter> {
 public:
  Counter(std::shared_ptr<State> state, const dispatch::Environment& environment, const rows::Table& table)
      : state_(std::move(state)),
        environment_(environment),
        table_(table),
        info_(makeTableInfo(table.SerializeAsString())),
        snapshot_(environment.store.begin()) {
    add(0, itemPrefix(table.number()));
    for (const rows::Index& index : table.indexes()) add(index.number(), indexPrefix(table.number(), index.number()));
  }

  /// False when nothing is left.
  bool turn() {
    while (at_ < ranges_.size()) {
      const auto rows = snapshot_.scan(ranges_[at_], {.limit = rows_wanted_});
      rows::Count& count = *counted_.mutable_counts(static_cast<int>(at_));
      for (const store::Row& row : rows) {
        bytes_ += row.value.size();
        count.set_items(count.items() + 1);
        count.set_bytes(count.bytes() + static_cast<std::int64_t>(sizeOf(row.value)));
      }
      seen_ += rows.size();
      if (rows.size() == rows_wanted_) {
        ranges_[at_].begin = rows.back().key + std::string(1, '\0');
        rows_wanted_ = std::clamp<std::size_t>(kBytesPerTurn * seen_ / (bytes_ + 1), 1, kMostRows);
        return true;
      }
      ++at_;
    }
    return false;
  }

  void goOn() {
    environment_.executor.post([self = shared_from_this()] {
      if (self->turn()) {
        self->goOn();
      } else {
        self->finish();
      }
    });
  }

  bool readMuch() const { return seen_ >= kMostAtOnce || bytes_ >= kMostBytesAtOnce; }
  const rows::Counted& counted() const { return counted_; }

 private:
  void add(std::int64_t index, const std::string& prefix) {
    counted_.add_counts()->set_index(index);
    ranges_.push_back({prefix, store::prefixEnd(prefix)});
  }

  /// Of a row of the range that is being read: an item, or an entry of an index.
  std::size_t sizeOf(const std::string& value) const {
    if (at_ == 0) return writtenSize(*info_, lang::expression::ItemView(value));
    const IndexInfo& index = info_->indexes[at_ - 1];
    return index.vector ? vectorEntrySize(index, value) : itemSize(lang::expression::ItemView(value));
  }

  void finish() {
    counted_.set_at(environment_.clock.now().milliseconds);
    {
      const std::lock_guard lock(state_->mutex);
      state_->known[table_.number()] = {counted_, false};
    }
    store::Transaction transaction = environment_.store.begin();
    const auto row = kTables.get(transaction, table_.account(), table_.region(), table_.name());
    if (!row || row->number() != table_.number()) return;
    kCounted.put(transaction, counted_, table_.number());
    // One that could not be kept is counted again after the next start.
    environment_.store.commit(std::move(transaction), [](store::CommitOutcome) {});
  }

  std::shared_ptr<State> state_;
  const dispatch::Environment& environment_;
  const rows::Table table_;
  const std::shared_ptr<const TableInfo> info_;
  store::Transaction snapshot_;
  std::vector<store::Range> ranges_;
  std::size_t at_ = 0;
  std::size_t seen_ = 0;
  std::size_t bytes_ = 0;
  std::size_t rows_wanted_ = kFirstRows;
  rows::Counted counted_;
};

namespace {

/// In the order of the table's indexes; one that was not counted yet has nothing.
std::vector<Counts> ordered(const rows::Counted& counted, const rows::Table& table) {
  const auto find = [&](std::int64_t index) {
    for (const rows::Count& count : counted.counts()) {
      if (count.index() == index) return Counts{count.items(), count.bytes()};
    }
    return Counts();
  };
  std::vector<Counts> out = {find(0)};
  for (const rows::Index& index : table.indexes()) out.push_back(find(index.number()));
  return out;
}

}  // namespace

Counting::Counting() : state_(std::make_shared<State>()) {}
Counting::~Counting() = default;

std::vector<Counts> Counting::of(dispatch::Context& context, const rows::Table& table) {
  const auto tell = [&]() -> std::optional<rows::Counted> {
    const std::lock_guard lock(state_->mutex);
    const auto known = state_->known.find(table.number());
    if (known == state_->known.end()) return std::nullopt;
    const rows::Counted& counted = known->second.counted;
    const bool fresh = context.now().milliseconds - counted.at() < kFreshMilliseconds;
    return counted.counts_size() > 0 && (fresh || known->second.under_way) ? std::optional(counted) : std::nullopt;
  };
  if (const auto counted = tell()) return ordered(*counted, table);
  const auto counter = std::make_shared<Counter>(state_, context.environment(), table);
  while (counter->turn()) {
    if (!counter->readMuch()) continue;
    rows::Counted last = counter->counted();
    if (const auto row = kCounted.get(context.transaction(), table.number())) last = *row;
    const std::lock_guard lock(state_->mutex);
    State::Known& known = state_->known[table.number()];
    if (!std::exchange(known.under_way, true)) {
      known.counted = last;
      counter->goOn();
    }
    return ordered(last, table);
  }
  const std::lock_guard lock(state_->mutex);
  state_->known.erase(table.number());
  return ordered(counter->counted(), table);
}

void eraseCount(store::Transaction& transaction, const rows::Table& table) {
  if (kCounted.has(transaction, table.number())) kCounted.erase(transaction, table.number());
}

}  // namespace thimble::services::dynamodb
