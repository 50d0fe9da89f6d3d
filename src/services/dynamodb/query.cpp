// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
#include <algorithm>

#include "lang/expression/key_encoding.h"
#include "lang/expression/legacy.h"
#include "lang/expression/request.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/pages.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::KeyCondition;
using lang::expression::KeyPart;
using lang::expression::ValueView;

/// The start key and the condition are looked at together, key by key.
base::Result<void> checkKeys(const TableInfo& table, const IndexInfo* index, const KeyCondition& condition,
                             const std::optional<Item>& start) {
  const KeySchema& keys = keysOf(table, index);
  TRY(condition.checkCount(keys));
  if (start && start->size() != startKeyCount(table, index)) {
    return validationException("The provided starting key is invalid");
  }
  if (start) TRY(checkStartParts(*start, keys.partition, true));
  TRY(condition.checkPartition(keys));
  if (start) TRY(checkStartParts(*start, keys.sort, false));
  return condition.checkSort(keys);
}

/// The start key must be among what the condition allows.
base::Result<void> checkStartInRange(const TableInfo& table, const KeySchema& keys, const KeyCondition& condition,
                                     const std::optional<Item>& start) {
  if (!start) return {};
  const Item table_keys = keyAttributes(table, *start);
  if (auto row = readKey(table, table_keys); !row.ok()) {
    return validationException("The provided starting key is invalid: " + row.error().message);
  }
  const auto matches = [&](const KeyAttribute& key) {
    const KeyPart* part = condition.find(key.name);
    return part == nullptr || part->matches(*start->find(key.name));
  };
  const bool same_partition = std::all_of(keys.partition.begin(), keys.partition.end(), matches);
  if (condition.parts().size() == keys.partition.size()) {
    if (same_partition) return {};
    return validationException("The provided starting key is outside query boundaries based on provided conditions");
  }
  if (!std::all_of(keys.sort.begin(), keys.sort.end(), matches)) {
    return validationException("The provided starting key does not match the range key predicate");
  }
  if (!same_partition) return validationException("The query can return at most one row and cannot be restarted");
  return {};
}

/// The rows that the condition allows.
store::Range rowsOf(const TableInfo& table, const IndexInfo* index, const KeyCondition& condition) {
  const KeySchema& keys = keysOf(table, index);
  std::string prefix = rowsPrefix(table, index);
  std::vector<ValueView> partition;
  for (const KeyAttribute& key : keys.partition) partition.emplace_back(condition.find(key.name)->values[0]);
  appendPartition(prefix, partition);
  // Of the sort attributes that have a part all but the last are equal to something.
  const KeyPart* last = nullptr;
  for (const KeyAttribute& key : keys.sort) {
    const KeyPart* part = condition.find(key.name);
    if (part == nullptr) break;
    if (last != nullptr) lang::expression::appendKey(prefix, last->values[0]);
    last = part;
  }
  return sortRange(prefix, last);
}

base::Result<Json> query(dispatch::Context& context, Data& data, const Json& input) {
  // 1. Without the table.
  TRY(lang::expression::checkParameters(input, {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
                                        {"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"}));
  TRY(checkConditionalOperator(input, "QueryFilter"));
  std::optional<lang::expression::Condition> filter;
  if (!input["QueryFilter"].isNull()) {
    TRY_ASSIGN(filter, lang::expression::readFilter(input["QueryFilter"], input.stringAt("ConditionalOperator")));
  }
  TRY(checkDuplicateNames(input["AttributesToGet"]));
  std::optional<lang::expression::Projection> projection;
  if (!input["AttributesToGet"].isNull()) {
    TRY_ASSIGN(projection, lang::expression::Projection::fromAttributesToGet(input["AttributesToGet"]));
  }
  TRY_ASSIGN(const std::optional<Item> start, readStartKey(input));
  if (input["KeyConditions"].isNull() && input["KeyConditionExpression"].isNull()) {
    return validationException(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(input));
  const bool by_expression = expressions.filter.has_value();
  if (expressions.filter) filter = std::move(expressions.filter);
  if (expressions.projection) projection = std::move(expressions.projection);
  std::optional<KeyCondition> condition = std::move(expressions.key_condition);
  if (!condition) {
    TRY_ASSIGN(condition, KeyCondition::fromLegacy(input["KeyConditions"]));
  }
  // What a table's own key cannot have is told without looking at the table.
  if (input["IndexName"].isNull() && condition->parts().size() > 2) {
    return lang::expression::tooManyKeyConditions();
  }
  // 2. With it.
  TRY_ASSIGN(const auto table, openTable(context, data.tables, input.stringAt("TableName"), [&] {
               ItemAccess access = readAccess("dynamodb:Query", input, filter, projection);
               access.leading = [&condition](const KeyAttribute& partition, std::vector<lang::expression::Value>& out) {
                 const KeyPart* part = condition->find(partition.name);
                 if (part != nullptr && !part->values.empty()) out.push_back(part->values[0]);
               };
               for (const KeyPart& part : condition->parts()) access.attributes.insert(part.attribute);
               return authoriseItems(context, data.tables, access);
             }));
  TRY_ASSIGN(const IndexInfo* const index, findIndexToQuery(*table, input));
  const KeySchema& keys = keysOf(*table, index);
  TRY(checkKeys(*table, index, *condition, start));
  TRY(checkStartInRange(*table, keys, *condition, start));
  if (projection) TRY(checkPaths(*table, projection->paths()));
  if (filter) TRY(checkNoKeys(keys, *filter, by_expression ? "Filter Expression" : "QueryFilter"));
  if (auto select = checkSelect(input, projection.has_value()); !select.ok()) {
    // A Query tells it in the words of a constraint, a Scan does not.
    return validationException("1 validation error detected: " + select.error().message);
  }
  TRY_ASSIGN(const bool fetch, mustFetch(index, input.stringAt("Select"), projection));
  if (filter) TRY(checkPaths(*table, filter->paths()));
  // 3. The rows.
  PageRequest page{input.stringAt("TableName"), *table, index, rowsOf(*table, index, *condition)};
  page.reverse = input["ScanIndexForward"].isBool() && !input["ScanIndexForward"].asBool();
  if (start) {
    const std::string row = startRow(*table, index, *start);
    if (page.reverse) {
      page.range.end = std::min(page.range.end, row);
    } else {
      page.range.begin = std::max(page.range.begin, row + std::string(1, '\0'));
    }
  }
  setPage(page, input, fetch, std::move(filter), std::move(projection));
  return readPage(context, page, input);
}

}  // namespace

void registerQuery(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "Query",
               [&data](dispatch::Context& context, const Json& input) { return query(context, data, input); });
}

}  // namespace thimble::services::dynamodb
