// Typed rows: a named table of Protocol Buffers messages under tuple keys.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/key.h"
#include "store/store.h"

namespace thimble::store {

/// A row's bytes are not what was written.
class DamagedRow : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Record: a Protocol Buffers message. The key is (table name, parts...), parts being texts or 64-bit numbers.
template <class Record>
class Table {
 public:
  /// `name` is unique in the whole store, "<service>.<what>".
  explicit constexpr Table(std::string_view name) : name_(name) {}

  template <class... Parts>
  Key key(const Parts&... parts) const {
    Key key(name_);
    (key.add(parts), ...);
    return key;
  }

  template <class... Parts>
  std::optional<Record> get(Transaction& transaction, const Parts&... parts) const {
    const auto bytes = transaction.get(key(parts...).bytes());
    return bytes ? std::optional<Record>(parse(*bytes)) : std::nullopt;
  }

  template <class... Parts>
  bool has(Transaction& transaction, const Parts&... parts) const {
    return transaction.get(key(parts...).bytes()).has_value();
  }

  template <class... Parts>
  void put(Transaction& transaction, const Record& record, const Parts&... parts) const {
    transaction.put(key(parts...).bytes(), record.SerializeAsString());
  }

  template <class... Parts>
  void erase(Transaction& transaction, const Parts&... parts) const {
    transaction.erase(key(parts...).bytes());
  }

  struct Entry {
    std::string key;  ///< Whole key; see KeyReader. Its first text is the table's name.
    Record record;
  };

  /// The rows whose keys begin with (table, parts...), in the order of the keys.
  template <class... Parts>
  std::vector<Entry> scan(Transaction& transaction, const ScanOptions& options, const Parts&... parts) const {
    return scanRange(transaction, prefixRange(key(parts...).bytes()), options);
  }

  /// As scan, after the key `start_after` (exclusive; below it when reversed), for paging. Empty: from the beginning.
  template <class... Parts>
  std::vector<Entry> scanAfter(Transaction& transaction, const std::string& start_after, const ScanOptions& options,
                               const Parts&... parts) const {
    Range range = prefixRange(key(parts...).bytes());
    if (!start_after.empty()) {
      if (options.reverse) {
        range.end = std::min(range.end, start_after);
      } else {
        range.begin = std::max(range.begin, start_after + std::string(1, '\0'));
      }
    }
    return scanRange(transaction, range, options);
  }

  std::vector<Entry> scanRange(Transaction& transaction, const Range& range, const ScanOptions& options = {}) const {
    std::vector<Entry> out;
    for (Row& row : transaction.scan(range, options)) out.push_back({std::move(row.key), parse(row.value)});
    return out;
  }

  static Range prefixRange(const std::string& prefix) { return {prefix, prefixEnd(prefix)}; }

 private:
  Record parse(const std::string& bytes) const {
    Record record;
    if (!record.ParseFromString(bytes)) throw DamagedRow("a row of the table " + std::string(name_) + " is damaged");
    return record;
  }

  std::string_view name_;
};

}  // namespace thimble::store
