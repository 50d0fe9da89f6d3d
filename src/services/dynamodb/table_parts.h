// What has an ARN below its table's: backups, exports, imports, bulk operations
// ("…:table/orders/backup/01489602797149-73d8d5bc").
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dispatch/context.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

struct TablePart {
  std::string account;
  std::string region;
  std::string table;
  std::string name;  ///< The ARN's last part.
};

/// `kind`: "backup", "export", "import" or "bulk-operation". Nothing when the ARN is that of something else.
std::optional<TablePart> partOf(const std::string& arn, std::string_view kind);

/// A new one's ARN; those of a table are in the order of their times.
std::string newPartArn(dispatch::Context& context, const rows::Table& table, std::string_view kind);

/// Of an account's, the newest first; those of one instant by their tables. `after`: the ARN of the last that was told
/// before, or empty. `Row` has an arn().
template <class Row>
std::vector<Row> newestFirst(std::vector<Row> all, std::string_view kind, const std::string& after) {
  const auto place = [kind](const std::string& arn) {
    const TablePart part = partOf(arn, kind).value_or(TablePart());
    return std::pair(part.name, part.table);
  };
  std::sort(all.begin(), all.end(), [&](const Row& a, const Row& b) { return place(a.arn()) > place(b.arn()); });
  if (!after.empty()) std::erase_if(all, [&](const Row& each) { return place(each.arn()) >= place(after); });
  return all;
}

/// A text in the form that tokens of pages have: sixteens of hexadecimal digits. Then the text of such a token; empty
/// when it is none.
std::string pageToken(std::string text);
std::string textOfPageToken(const std::string& token);

}  // namespace thimble::services::dynamodb
