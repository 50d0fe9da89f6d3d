// What a storage engine must do; RocksDB and memory implement it, PostgreSQL can.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::store {

/// One change: a row set, or (no value) removed.
struct Write {
  std::string key;
  std::optional<std::string> value;
};

struct Row {
  std::string key;
  std::string value;
  bool operator==(const Row&) const = default;
};

/// Keys from `begin` (included) to `end` (not included; empty: to the last key there is).
struct Range {
  std::string begin;
  std::string end;

  bool contains(std::string_view key) const { return key >= begin && (end.empty() || key < end); }
};

struct ScanOptions {
  std::size_t limit = SIZE_MAX;  ///< Rows at the most.
  bool reverse = false;          ///< From the last key down.
};

/// The disk is full, or a write failed in a way after which writing may go on.
class WriteRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A sync failed or the engine found damage: nothing more may be written until a restart.
class EngineBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The rows as they were at one moment. Safe to read from any thread.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  virtual std::vector<Row> scan(const Range& range, const ScanOptions& options) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::shared_ptr<const Snapshot> snapshot() = 0;
  /// Applies all writes as one, durable on return. Called by one thread at a time. Throws WriteRefused or EngineBroken;
  /// after either none of the writes may be seen.
  virtual void write(const std::vector<const std::vector<Write>*>& batches) = 0;
};

/// Rows in memory, nothing kept: for tests and `serve --memory`.
std::unique_ptr<Engine> makeMemoryEngine();

/// RocksDB in `folder` (created when missing), the log synced at each write. Throws EngineBroken when it cannot be
/// opened.
std::unique_ptr<Engine> openRocksEngine(const std::string& folder);

}  // namespace thimble::store
