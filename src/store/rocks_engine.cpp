// RocksDB as the embedded engine: one column family, the log synced at each group commit.
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <filesystem>

#include "store/engine.h"
#include "store/log_files.h"

namespace thimble::store {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

// Writing stops while the disk has less room than this: RocksDB's own buffers (3 of 8 MiB) can then still be flushed.
// It must not meet a full disk in its log, since it does not always begin a new one when it goes on, and ends the
// program then.
constexpr std::uintmax_t kReserveBytes = std::uintmax_t{32} << 20;

[[noreturn]] void failRead(const rocksdb::Status& status) {
  throw EngineBroken("the store cannot be read: " + status.ToString());
}

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(std::shared_ptr<rocksdb::DB> database)
      : database_(std::move(database)), snapshot_(database_->GetSnapshot()) {}
  ~RocksSnapshot() override {
    for (const auto& place : kept_) delete place.load(std::memory_order_relaxed);
    database_->ReleaseSnapshot(snapshot_);
  }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  std::optional<std::string> get(std::string_view key) const override {
    std::atomic<const Row*>& place = kept_[std::hash<std::string_view>{}(key) % kept_.size()];
    const Row* kept = place.load(std::memory_order_acquire);
    if (kept != nullptr && kept->key == key) return kept->value;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    std::string value;
    const rocksdb::Status status = database_->Get(options, slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) failRead(status);
    if (kept == nullptr && value.size() <= kMostKeptBytes) {
      auto row = std::make_unique<const Row>(Row{std::string(key), value});
      if (place.compare_exchange_strong(kept, row.get(), std::memory_order_release, std::memory_order_relaxed)) {
        static_cast<void>(row.release());
      }
    }
    return value;
  }

  std::vector<Row> scan(const Range& range, const ScanOptions& scan) const override {
    std::vector<Row> out;
    if (!range.end.empty() && range.end <= range.begin) return out;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    const rocksdb::Slice lower = slice(range.begin);
    const rocksdb::Slice upper = slice(range.end);
    options.iterate_lower_bound = &lower;
    if (!range.end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> row(database_->NewIterator(options));
    if (scan.reverse) {
      row->SeekToLast();
    } else {
      row->Seek(lower);
    }
    while (row->Valid() && out.size() < scan.limit) {
      out.push_back({row->key().ToString(), row->value().ToString()});
      scan.reverse ? row->Prev() : row->Next();
    }
    if (!row->status().ok()) failRead(row->status());
    return out;
  }

 private:
  static constexpr std::size_t kMostKeptBytes = 1024;

  std::shared_ptr<rocksdb::DB> database_;
  const rocksdb::Snapshot* snapshot_;
  // The first small rows that are read, never replaced: the transactions of a snapshot begin with the same few (a
  // table, a role), which cost a search each.
  mutable std::array<std::atomic<const Row*>, 16> kept_{};
};

class RocksEngine final : public Engine {
 public:
  explicit RocksEngine(const std::string& folder) : folder_(folder) {
    cutLogFiles(folder);
    const std::shared_ptr<rocksdb::Env> environment =
        rocksdb::NewCompositeEnv(makeLogFileSystem(rocksdb::Env::Default()->GetFileSystem()));
    rocksdb::Options options;
    options.env = environment.get();
    options.create_if_missing = true;
    // The default recovery mode can drop acknowledged writes silently after damage in the middle of the log; this one
    // forgives only a torn last record, which was never acknowledged.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.track_and_verify_wals_in_manifest = true;
    options.skip_stats_update_on_db_open = true;
    options.skip_checking_sst_file_sizes_on_db_open = true;
    options.max_file_opening_threads = 1;
    options.max_background_jobs = 2;
    options.write_buffer_size = std::size_t{8} << 20;
    options.max_write_buffer_number = 3;
    // Small first levels for small buffers: merging new files into a first level of RocksDB's own 256 MB costs so much
    // that under lasting load they pile up and writes are held for seconds.
    options.max_bytes_for_level_base = std::uint64_t{64} << 20;
    options.target_file_size_base = std::uint64_t{8} << 20;
    options.target_file_size_multiplier = 2;
    // Most reads ask for what is not there yet; a small filter answers them without a search.
    options.memtable_prefix_bloom_size_ratio = 0.02;
    options.memtable_whole_key_filtering = true;
    options.allow_concurrent_memtable_write = false;  // There is one writer.
    options.keep_log_file_num = 2;
    options.max_log_file_size = std::size_t{1} << 20;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.compression = rocksdb::kLZ4Compression;
    options.max_open_files = 512;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(std::size_t{32} << 20, 2);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, folder, &database);
    if (!status.ok()) throw EngineBroken("the store in " + folder + " cannot be opened: " + status.ToString());
    database_.reset(database, [environment](const rocksdb::DB* opened) { delete opened; });
  }

  ~RocksEngine() override {
    // Replaying a long log costs a later start more than this flush costs now.
    database_->Flush(rocksdb::FlushOptions());
  }

  std::shared_ptr<const Snapshot> snapshot() override { return std::make_shared<RocksSnapshot>(database_); }

  void write(const std::vector<const std::vector<Write>*>& batches) override {
    if (broken_) throw EngineBroken("the store takes no writes until a restart, since one failed");
    if (std::filesystem::space(folder_).available < kReserveBytes) throw WriteRefused("the disk is full");
    rocksdb::WriteBatch merged;
    for (const auto* batch : batches) {
      for (const Write& write : *batch) {
        const rocksdb::Status status =
            write.value ? merged.Put(slice(write.key), slice(*write.value)) : merged.Delete(slice(write.key));
        if (!status.ok()) throw WriteRefused(status.ToString());
      }
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    const rocksdb::Status status = database_->Write(options, &merged);
    if (status.ok()) return;
    if (status.IsNoSpace() && database_->Resume().ok()) throw WriteRefused(status.ToString());
    if (status.IsNoSpace()) throw WriteRefused(status.ToString());
    broken_ = true;
    throw EngineBroken("a write to the store failed: " + status.ToString());
  }

 private:
  const std::string folder_;
  std::shared_ptr<rocksdb::DB> database_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<Engine> openRocksEngine(const std::string& folder) {
  return std::make_unique<RocksEngine>(folder);
}

}  // namespace thimble::store
