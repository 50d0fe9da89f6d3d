#include "store/store.h"

#include <algorithm>
#include <future>
#include <stdexcept>

#include "store/recent_writes.h"

namespace thimble::store {
namespace {

// Writes remembered for conflict checks; some seconds' worth at full load.
constexpr std::size_t kRememberedWrites = 200'000;
// Commits merged into one synced write at the most.
constexpr std::size_t kGroupLimit = 512;

}  // namespace

std::optional<std::string> Transaction::get(std::string_view key) {
  if (auto own = writes_.find(key); own != writes_.end()) return own->second;
  read_keys_.push_back(keyHash(key));
  return snapshot_->get(key);
}

std::vector<Row> Transaction::scan(const Range& range, const ScanOptions& options) {
  if (!range.end.empty() && range.end <= range.begin) return {};
  auto first = writes_.lower_bound(range.begin);
  auto last = range.end.empty() ? writes_.end() : writes_.lower_bound(range.end);
  const auto own_count = static_cast<std::size_t>(std::distance(first, last));

  // Own removals can hide rows, so as many more are read as there are own writes in the range.
  ScanOptions wider = options;
  if (wider.limit <= SIZE_MAX - own_count) wider.limit += own_count;
  std::vector<Row> rows = snapshot_->scan(range, wider);

  // What counts as read ends with the last row seen when the limit cut the scan short.
  Range read = range;
  if (rows.size() == wider.limit && !rows.empty()) {
    if (options.reverse) {
      read.begin = rows.back().key;
    } else {
      read.end = rows.back().key + std::string(1, '\0');
    }
  }
  // Who reads on where the last scan ended, as one who reads very much does, has read one longer range.
  if (!read_ranges_.empty() && !read.begin.empty() && read_ranges_.back().end == read.begin) {
    read_ranges_.back().end = std::move(read.end);
  } else {
    read_ranges_.push_back(std::move(read));
  }
  if (own_count == 0) return rows;

  std::vector<Row> merged;
  merged.reserve(rows.size() + own_count);
  std::vector<Row> own;
  for (auto write = first; write != last; ++write) own.push_back({write->first, {}});
  if (options.reverse) std::reverse(own.begin(), own.end());
  auto before = [&](const std::string& a, const std::string& b) { return options.reverse ? a > b : a < b; };
  std::size_t r = 0;
  std::size_t o = 0;
  while ((r < rows.size() || o < own.size()) && merged.size() < options.limit) {
    if (o == own.size() || (r < rows.size() && before(rows[r].key, own[o].key))) {
      merged.push_back(std::move(rows[r++]));
      continue;
    }
    if (r < rows.size() && rows[r].key == own[o].key) ++r;
    if (const auto& value = writes_.find(own[o].key)->second) merged.push_back({own[o].key, *value});
    ++o;
  }
  return merged;
}

std::vector<Row> Transaction::scanPrefix(std::string_view prefix, const ScanOptions& options) {
  return scan({std::string(prefix), prefixEnd(prefix)}, options);
}

void Transaction::put(std::string key, std::string value) {
  writes_.insert_or_assign(std::move(key), std::optional<std::string>(std::move(value)));
}

void Transaction::erase(std::string key) {
  writes_.insert_or_assign(std::move(key), std::nullopt);
}

Transaction::Savepoint Transaction::savepoint() const {
  Savepoint savepoint;
  savepoint.writes = writes_;
  savepoint.committed = committed_.size();
  return savepoint;
}

void Transaction::rollbackTo(Savepoint savepoint) {
  writes_ = std::move(savepoint.writes);
  committed_.resize(savepoint.committed);
}

Store::Store(std::unique_ptr<Engine> engine, CommitMode mode)
    : engine_(std::move(engine)), recent_(std::make_unique<RecentWrites>(kRememberedWrites)) {
  current_.snapshot = engine_->snapshot();
  if (mode == CommitMode::OwnThread) thread_ = std::thread([this] { run(); });
}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Transaction Store::begin() {
  const std::lock_guard lock(current_mutex_);
  return {current_.snapshot, current_.sequence};
}

void Store::commit(Transaction transaction, std::function<void(CommitOutcome)> done) {
  if (!transaction.hasWrites()) {
    for (const auto& action : transaction.committed_) action();
    done(CommitOutcome::Committed);
    return;
  }
  Pending pending{std::move(transaction), {}, std::move(done)};
  pending.writes.reserve(pending.transaction.writes_.size());
  for (auto& [key, value] : pending.transaction.writes_) pending.writes.push_back({key, std::move(value)});
  // The snapshot is let go here, not when the group is done: an engine keeps old rows for as long as one is held.
  pending.transaction.snapshot_.reset();
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = queue_.empty();
    queue_.push_back(std::move(pending));
  }
  if (!thread_.joinable()) {
    drainOnCallersThread();
  } else if (wake) {
    ready_.notify_one();
  }
}

void Store::drainOnCallersThread() {
  std::unique_lock lock(mutex_);
  if (draining_) return;
  draining_ = true;
  while (!queue_.empty()) {
    std::deque<Pending> group;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    lock.unlock();
    commitGroup(group);
    lock.lock();
  }
  draining_ = false;
}

CommitOutcome Store::commitAndWait(Transaction transaction) {
  std::promise<CommitOutcome> outcome;
  commit(std::move(transaction), [&](CommitOutcome result) { outcome.set_value(result); });
  return outcome.get_future().get();
}

bool Store::settled(CommitOutcome outcome) {
  switch (outcome) {
    case CommitOutcome::Committed:
      return true;
    case CommitOutcome::Conflict:
      return false;
    case CommitOutcome::Refused:
      throw WriteRefused("the store refused a write: the disk is full");
    case CommitOutcome::Broken:
      break;
  }
  throw EngineBroken("the store takes no writes until a restart");
}

void Store::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::deque<Pending> group;
    if (queue_.size() <= kGroupLimit) {
      group.swap(queue_);
    } else {
      std::move(queue_.begin(), queue_.begin() + kGroupLimit, std::back_inserter(group));
      queue_.erase(queue_.begin(), queue_.begin() + kGroupLimit);
    }
    lock.unlock();
    commitGroup(group);
    lock.lock();
  }
}

void Store::commitGroup(std::deque<Pending>& group) {
  const std::uint64_t sequence = sequence_ + 1;
  std::vector<const std::vector<Write>*> batches;
  for (Pending& pending : group) {
    if (broken_) {
      pending.outcome = CommitOutcome::Broken;
    } else if (const Transaction& reader = pending.transaction;
               recent_->changedSince(reader.sequence_, reader.read_keys_, reader.read_ranges_)) {
      pending.outcome = CommitOutcome::Conflict;
      ++conflicts_;
    } else {
      // Remembered at once, so that those behind in the same group see it.
      recent_->add(sequence, pending.writes);
      batches.push_back(&pending.writes);
    }
  }
  CommitOutcome outcome = CommitOutcome::Committed;
  if (!batches.empty()) {
    try {
      engine_->write(batches);
      commits_ += batches.size();
      ++groups_;
    } catch (const WriteRefused&) {
      outcome = CommitOutcome::Refused;
    } catch (const EngineBroken&) {
      outcome = CommitOutcome::Broken;
      broken_ = true;
    }
    // Also after a refusal: the sequence is taken, and what is remembered under it must not be newer than all that
    // begins from now on, or those keys would conflict for ever.
    sequence_ = sequence;
    Current next{engine_->snapshot(), sequence};
    {
      const std::lock_guard lock(current_mutex_);
      std::swap(current_, next);
    }
  }
  for (Pending& pending : group) {
    if (pending.outcome == CommitOutcome::Committed) pending.outcome = outcome;
    if (pending.outcome == CommitOutcome::Committed) {
      for (const auto& action : pending.transaction.committed_) action();
    }
    // What the actions hold is let go before anyone is told: readers may wait for that.
    pending.transaction.committed_.clear();
    pending.done(pending.outcome);
  }
}

}  // namespace thimble::store
