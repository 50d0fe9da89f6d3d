// Walking the keys of a bucket in order, with keys behind a delimiter rolled up into common prefixes.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "services/s3/tables.h"
#include "store/table.h"

namespace thimble::services::s3 {

/// The key that a row's key is about: (table, bucket, key, ...).
std::string keyOfRow(const std::string& row_key);

/// "photos/2020/" for the key "photos/2020/a.jpg" with prefix "photos/" and delimiter "/"; nothing when the key is not
/// behind a delimiter.
std::optional<std::string> commonPrefix(const std::string& key, const std::string& prefix,
                                        const std::string& delimiter);

/// Visits the rows of `table` of that bucket whose keys begin with `prefix`, in order, from the row key `from` on
/// (empty: from the first). `visit` gets each row, or the first row of each common prefix with that prefix; it returns
/// false to stop.
template <class Record>
void walkKeys(
    const store::Table<Record>& table, store::Transaction& transaction, const std::string& bucket,
    const std::string& prefix, const std::string& delimiter, std::string from,
    const std::function<bool(const Record&, const std::string& key, const std::optional<std::string>& rolled)>& visit) {
  constexpr std::size_t kChunk = 500;
  const std::string begin = table.key(bucket).addTextPrefix(prefix).bytes();
  store::Range range{std::max(begin, from), store::prefixEnd(begin)};
  while (true) {
    const auto rows = table.scanRange(transaction, range, {.limit = kChunk});
    std::string next;  // Rows before this one are behind a prefix that was visited.
    for (const auto& row : rows) {
      if (row.key < next) continue;
      const std::string key = keyOfRow(row.key);
      const auto rolled = commonPrefix(key, prefix, delimiter);
      if (!visit(row.record, key, rolled)) return;
      if (rolled) next = store::prefixEnd(table.key(bucket).addTextPrefix(*rolled).bytes());
    }
    if (rows.size() < kChunk) return;
    range.begin = std::max(next, rows.back().key + std::string(1, '\0'));
  }
}

}  // namespace thimble::services::s3
