// Tables as rows, and as the operations on items see them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "lang/expression/key_condition.h"
#include "services/dynamodb/dynamodb.pb.h"
#include "services/dynamodb/vectors/vectors.h"
#include "store/table.h"

namespace thimble::services::dynamodb {

/// (account, region, name).
inline constexpr store::Table<rows::Table> kTables("dynamodb.table");
/// (account, region, table, label).
inline constexpr store::Table<rows::Stream> kStreams("dynamodb.stream");
/// (): the next number for rows.
inline constexpr store::Table<rows::Number> kNumbers("dynamodb.number");

using KeyAttribute = lang::expression::KeyAttribute;
using KeySchema = lang::expression::KeySchema;

/// An attribute of a vector index's SearchSchema.
struct SearchAttribute {
  KeyAttribute key;
  bool partition = false;  ///< Else an inline filter.
};

/// What a vector index goes by.
struct VectorInfo {
  std::string attribute;
  std::size_t dimensions = 0;
  Distance distance = Distance::Cosine;
  std::vector<SearchAttribute> search;
  std::vector<KeyAttribute> partition;  ///< Whose value each search names; at most one.
};

struct IndexInfo {
  std::string name;
  bool global = false;
  std::int64_t number = 0;
  KeySchema keys;                      ///< Empty of a vector index.
  std::string projection;              ///< "ALL", "KEYS_ONLY" or "INCLUDE".
  std::vector<std::string> projected;  ///< Sorted, keys of table and index among them; empty when it is ALL.
  std::optional<VectorInfo> vector;    ///< Of a vector index.
  bool readable = true;                ///< Neither being created nor deleted.
  bool kept = true;                    ///< Its entries follow the items: not being deleted.
  bool projectsAll() const { return projection == "ALL"; }
  bool local() const { return !global && !vector; }
};

/// What is read of a table's row once and kept until the row changes.
struct TableInfo {
  std::string bytes;  ///< The row's.
  rows::Table row;
  KeySchema keys;
  std::vector<IndexInfo> indexes;
  std::string arn;

  const IndexInfo* findIndex(std::string_view name) const;
  /// Whether a write must know what the item was before.
  bool needsOld() const {
    return !indexes.empty() || row.stream_number() != 0 || !row.ttl_attribute().empty() || row.recovery();
  }
};

/// The most partition attributes that a key has, and the most sort attributes.
inline constexpr std::size_t kMostKeyAttributes = 4;

/// `check` of each attribute of a key, in order.
template <class Check>
base::Result<void> forEachKey(const KeySchema& keys, const Check& check) {
  for (const auto* attributes : {&keys.partition, &keys.sort}) {
    for (const KeyAttribute& attribute : *attributes) TRY(check(attribute));
  }
  return {};
}

/// Of the index, or of the table when it is null.
inline const KeySchema& keysOf(const TableInfo& table, const IndexInfo* index) {
  return index != nullptr ? index->keys : table.keys;
}

/// The tables in use, parsed. Safe from any thread.
class TableCache {
 public:
  /// Reads the row through the transaction, so that a change of the table conflicts; parses it when it is new. Null
  /// when there is no such table.
  std::shared_ptr<const TableInfo> find(store::Transaction& transaction, const std::string& account,
                                        const std::string& region, const std::string& name);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const TableInfo>> known_;
};

std::shared_ptr<const TableInfo> makeTableInfo(std::string bytes);

/// May the caller do this ("dynamodb:Query") with the table, or with an index of it when one is named?
base::Result<void> authoriseTable(dispatch::Context& context, std::string_view action, const std::string& name_or_arn,
                                  const std::string& index = {}, const dispatch::ConditionValues& conditions = {});

/// The table, when it is there and is neither being created nor deleted; ResourceNotFoundException otherwise.
base::Result<std::shared_ptr<const TableInfo>> usable(std::shared_ptr<const TableInfo> table);

/// A table's name out of a name or an ARN. An ARN of another account or region is refused.
base::Result<std::string> tableNameOf(const dispatch::Context& context, const std::string& name_or_arn);

/// The row of a table by name or ARN for operations on the table; ResourceNotFoundException with its name.
base::Result<rows::Table> findTableRow(dispatch::Context& context, const std::string& name_or_arn);
void saveTable(dispatch::Context& context, const rows::Table& table);
void saveTable(store::Transaction& transaction, const rows::Table& table);

std::string tableArn(const rows::Table& table);
std::string streamArn(const rows::Table& table);

/// A table as CreateTable's input wants it, that is being created. Its row is the caller's to save.
base::Result<rows::Table> makeTable(dispatch::Context& context, const base::Json& input);

/// The names of the attributes of a key in a row.
struct KeyNames {
  std::vector<std::string> partition;
  std::vector<std::string> sort;
  std::vector<std::string> all() const;
};
KeyNames keyNames(const rows::Table& table);
/// Of a vector index the attributes of its SearchSchema.
KeyNames keyNames(const rows::Index& index);
/// The attributes that are keys of the table or of one of its indexes.
std::set<std::string> keyNamesOfAll(const rows::Table& table);

/// A number that no other rows have or had.
std::int64_t takeNumber(store::Transaction& transaction);

struct Counts {
  std::int64_t items = 0;
  std::int64_t bytes = 0;
};

/// A TableDescription in model form. `counts`: of the table, then of its indexes in order. `all_warmth`: with the warm
/// throughput that nobody chose, as DescribeTable shows it.
base::Json describeTable(const rows::Table& table, const std::vector<Counts>& counts = {}, bool all_warmth = false);

/// Forgets the attributes that are keys of neither the table nor an index.
void dropUnusedAttributes(rows::Table& table);

/// A table that is being created or updated and has nothing left to do becomes active. True when the row changed.
bool settle(rows::Table& table, base::Timestamp now);

/// The ARN of a KMS key by id, alias or ARN; empty: the one that AWS keeps for DynamoDB.
std::string encryptionKeyArn(const rows::Table& table, const std::string& key);
/// A TableClass that there is.
base::Result<void> checkTableClass(const base::Json& input);
/// What an SSESpecification may not have together.
base::Result<void> checkEncryption(const base::Json& sse);

/// The process of a table, which does what a table does by itself (table_process.h).
dispatch::ProcessReference tableProcess(const rows::Table& table);

}  // namespace thimble::services::dynamodb
