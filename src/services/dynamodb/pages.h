// Reading a page of a table or an index, as Query and Scan do.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "lang/expression/condition.h"
#include "lang/expression/key_condition.h"
#include "lang/expression/projection.h"
#include "services/dynamodb/item_rows.h"

namespace thimble::services::dynamodb {

/// Where a page is read from, and what is shown of it.
struct PageRequest {
  std::string name;  ///< What the request calls the table.
  const TableInfo& table;
  const IndexInfo* index = nullptr;
  store::Range range;
  bool reverse = false;
  std::optional<std::size_t> limit;
  bool fetch = false;  ///< Items are those of the table, found through a local index that does not have all of them.
  std::optional<lang::expression::Condition> filter;
  bool filters_entries = false;  ///< The filter sees what the index has, also where the item is fetched.
  std::optional<lang::expression::Projection> projection;
  bool count_only = false;
};

/// Fills in what Query and Scan have in common: Limit, the filter, the projection, Select's COUNT.
void setPage(PageRequest& page, const base::Json& input, bool fetch, std::optional<lang::expression::Condition> filter,
             std::optional<lang::expression::Projection> projection);

/// Items, Count, ScannedCount, LastEvaluatedKey and ConsumedCapacity.
base::Json readPage(dispatch::Context& context, const PageRequest& request, const base::Json& input);

/// The index of an input's IndexName, checked for being there and readable; null when none is named. Vector indexes are
/// for SearchVectors alone.
base::Result<const IndexInfo*> findIndexToQuery(const TableInfo& table, const base::Json& input);
base::Result<const IndexInfo*> findIndexToScan(const TableInfo& table, const base::Json& input);
inline constexpr const char* kNoScanOfVectors = "Scan operation not supported on this index type";

/// Checks Select with the parameters beside it. `projects`: attributes are named.
base::Result<void> checkSelect(const base::Json& input, bool projects);
/// Whether items must be fetched from the table for what is to be shown, which a global index refuses.
base::Result<bool> mustFetch(const IndexInfo* index, const std::string& select,
                             const std::optional<lang::expression::Projection>& projection);

/// The rows that a condition on a sort attribute (null: none) allows; `prefix` ends where its values begin.
store::Range sortRange(const std::string& prefix, const lang::expression::KeyPart* part);

/// The row that ExclusiveStartKey names, in the table or the index.
std::string startRow(const TableInfo& table, const IndexInfo* index, lang::expression::ItemView key);

/// How many attributes an ExclusiveStartKey has: those of the table's and the index's keys.
std::size_t startKeyCount(const TableInfo& table, const IndexInfo* index);

/// Checks an ExclusiveStartKey's partition attributes, or its sort attributes.
base::Result<void> checkStartParts(lang::expression::ItemView key, const std::vector<KeyAttribute>& attributes,
                                   bool partition);

/// Reads ExclusiveStartKey's values; the first check of it.
base::Result<std::optional<lang::expression::Item>> readStartKey(const base::Json& input);

/// A filter beside a condition on keys must leave these alone. `what`: the filter's name in the error.
base::Result<void> checkNoKeys(const lang::expression::KeySchema& keys, const lang::expression::Condition& filter,
                               const std::string& what);

base::Result<void> checkDuplicateNames(const base::Json& names);
base::Result<void> checkPaths(const TableInfo& table, const std::vector<lang::expression::Path>& paths);

}  // namespace thimble::services::dynamodb
