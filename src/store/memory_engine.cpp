#include <map>
#include <mutex>
#include <shared_mutex>

#include "store/engine.h"

namespace thimble::store {
namespace {

/// Versions of a row by the number of the write that made them; nothing: removed.
using Versions = std::map<std::uint64_t, std::optional<std::string>>;

struct State {
  std::shared_mutex mutex;
  std::map<std::string, Versions, std::less<>> rows;
  std::uint64_t sequence = 0;
  std::multimap<std::uint64_t, int> readers;  ///< Sequences that live snapshots read at.
};

class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<State> state) : state_(std::move(state)) {
    const std::unique_lock lock(state_->mutex);
    sequence_ = state_->sequence;
    reader_ = state_->readers.emplace(sequence_, 0);
  }
  ~MemorySnapshot() override {
    const std::unique_lock lock(state_->mutex);
    state_->readers.erase(reader_);
  }

  std::optional<std::string> get(std::string_view key) const override {
    const std::shared_lock lock(state_->mutex);
    const auto found = state_->rows.find(key);
    return found == state_->rows.end() ? std::nullopt : visible(found->second);
  }

  std::vector<Row> scan(const Range& range, const ScanOptions& options) const override {
    const std::shared_lock lock(state_->mutex);
    std::vector<Row> out;
    const auto first = state_->rows.lower_bound(range.begin);
    const auto last = range.end.empty() ? state_->rows.end() : state_->rows.lower_bound(range.end);
    auto take = [&](const auto& row) {
      if (auto value = visible(row.second)) out.push_back({row.first, *std::move(value)});
    };
    if (!range.end.empty() && range.end <= range.begin) return out;
    if (options.reverse) {
      for (auto row = last; row != first && out.size() < options.limit;) take(*--row);
    } else {
      for (auto row = first; row != last && out.size() < options.limit; ++row) take(*row);
    }
    return out;
  }

 private:
  std::optional<std::string> visible(const Versions& versions) const {
    auto after = versions.upper_bound(sequence_);
    return after == versions.begin() ? std::nullopt : std::prev(after)->second;
  }

  std::shared_ptr<State> state_;
  std::uint64_t sequence_ = 0;
  std::multimap<std::uint64_t, int>::iterator reader_;
};

class MemoryEngine final : public Engine {
 public:
  std::shared_ptr<const Snapshot> snapshot() override { return std::make_shared<MemorySnapshot>(state_); }

  void write(const std::vector<const std::vector<Write>*>& batches) override {
    const std::unique_lock lock(state_->mutex);
    const std::uint64_t sequence = state_->sequence + 1;
    const std::uint64_t oldest = state_->readers.empty() ? sequence : state_->readers.begin()->first;
    for (const auto* batch : batches) {
      for (const Write& write : *batch) {
        Versions& versions = state_->rows[write.key];
        versions[sequence] = write.value;
        // Versions that no snapshot can see any more go.
        auto keep = versions.upper_bound(oldest);
        if (keep != versions.begin()) versions.erase(versions.begin(), std::prev(keep));
        if (versions.size() == 1 && !versions.begin()->second.has_value() && oldest >= sequence) {
          state_->rows.erase(write.key);
        }
      }
    }
    state_->sequence = sequence;
  }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::unique_ptr<Engine> makeMemoryEngine() {
  return std::make_unique<MemoryEngine>();
}

}  // namespace thimble::store
