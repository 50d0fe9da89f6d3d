// Pages of a table's rows, with tokens that hold the last row's key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/states/errors.h"
#include "services/states/names.h"
#include "store/table.h"

namespace thimble::services::states {

inline constexpr std::int64_t kDefaultPage = 100;
inline constexpr std::int64_t kLargestPage = 1000;

template <class Record>
struct Page {
  std::vector<Record> records;
  std::optional<std::string> next_token;
};

/// Rows after the token under the key's parts; `max_results` of 0 or none is the default. `keep` leaves others out.
/// Errors: InvalidToken.
template <class Record, class Keep, class... Parts>
base::Result<Page<Record>> readPageIf(const store::Table<Record>& table, store::Transaction& transaction,
                                      const std::optional<std::string>& token,
                                      const std::optional<std::int64_t>& max_results, bool reverse, Keep keep,
                                      const Parts&... parts) {
  std::string after;
  const std::string prefix = table.key(parts...).bytes();
  if (token) {
    const auto key = readPageToken(*token);
    if (!key || key->compare(0, prefix.size(), prefix) != 0) return invalidToken();
    after = *key;
  }
  const std::int64_t wanted = max_results.value_or(0) > 0 ? std::min(*max_results, kLargestPage) : kDefaultPage;
  Page<Record> page;
  while (true) {
    const auto entries = table.scanAfter(transaction, after,
                                         {.limit = static_cast<std::size_t>(wanted) + 1, .reverse = reverse}, parts...);
    for (const auto& entry : entries) {
      if (!keep(entry.record)) continue;
      if (static_cast<std::int64_t>(page.records.size()) == wanted) {
        page.next_token = pageToken(after);
        return page;
      }
      after = entry.key;
      page.records.push_back(entry.record);
    }
    if (entries.size() <= static_cast<std::size_t>(wanted)) return page;
    if (static_cast<std::int64_t>(page.records.size()) < wanted) after = entries.back().key;
  }
}

template <class Record, class... Parts>
base::Result<Page<Record>> readPage(const store::Table<Record>& table, store::Transaction& transaction,
                                    const std::optional<std::string>& token,
                                    const std::optional<std::int64_t>& max_results, bool reverse,
                                    const Parts&... parts) {
  return readPageIf(
      table, transaction, token, max_results, reverse, [](const Record&) { return true; }, parts...);
}

}  // namespace thimble::services::states
