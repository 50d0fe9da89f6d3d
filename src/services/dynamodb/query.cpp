// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
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
                             const KeyAttribute& hash, const std::optional<KeyAttribute>& range,
                             const std::optional<Item>& start) {
  if (start && start->size() != startKeyCount(table, index)) {
    return validationException("The provided starting key is invalid");
  }
  const auto checkPartOfStart = [&](const KeyAttribute& key, bool partition) -> base::Result<void> {
    if (!start) return {};
    if (!start->find(key.name)) return validationException("The provided starting key is invalid");
    return checkKeyPart(*start, key, partition);
  };
  TRY(checkPartOfStart(hash, true));
  TRY(condition.checkPartition(hash, range.has_value()));
  if (!range) return {};
  TRY(checkPartOfStart(*range, false));
  return condition.checkSort(*range);
}

/// The start key must be among what the condition allows.
base::Result<void> checkStartInRange(const TableInfo& table, const KeyCondition& condition, const KeyAttribute& hash,
                                     const std::optional<KeyAttribute>& range, const std::optional<Item>& start) {
  if (!start) return {};
  const Item table_keys = keyAttributes(table, *start);
  if (auto row = readKey(table, table_keys); !row.ok()) {
    return validationException("The provided starting key is invalid: " + row.error().message);
  }
  const bool same_partition = condition.find(hash.name)->matches(*start->find(hash.name));
  const KeyPart* part = range ? condition.find(range->name) : nullptr;
  if (part == nullptr) {
    if (same_partition) return {};
    return validationException("The provided starting key is outside query boundaries based on provided conditions");
  }
  if (!part->matches(*start->find(range->name))) {
    return validationException("The provided starting key does not match the range key predicate");
  }
  if (!same_partition) return validationException("The query can return at most one row and cannot be restarted");
  return {};
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
  // 2. With it.
  TRY_ASSIGN(const auto table, openTable(context, data.tables, input.stringAt("TableName"), [&] {
               ItemAccess access = readAccess("dynamodb:Query", input, filter, projection);
               access.leading = [&condition](const KeyAttribute& partition, std::vector<lang::expression::Value>& out) {
                 if (const KeyPart* part = condition->find(partition.name)) out.push_back(part->values[0]);
               };
               for (const KeyPart& part : condition->parts()) access.attributes.insert(part.attribute);
               return authoriseItems(context, data.tables, access);
             }));
  TRY_ASSIGN(const IndexInfo* const index, findIndex(*table, input));
  const KeyAttribute& hash = index != nullptr ? index->hash : table->hash;
  const std::optional<KeyAttribute>& range = index != nullptr ? index->range : table->range;
  TRY(checkKeys(*table, index, *condition, hash, range, start));
  TRY(checkStartInRange(*table, *condition, hash, range, start));
  if (projection) TRY(checkPaths(*table, projection->paths()));
  if (filter) {
    const std::set<std::string> names = filter->attributes();
    for (const KeyAttribute* key : {&hash, range ? &*range : nullptr}) {
      if (key != nullptr && names.contains(key->name)) {
        return validationException(std::string(by_expression ? "Filter Expression" : "QueryFilter") +
                                   " can only contain non-primary key attributes: Primary key attribute: " + key->name);
      }
    }
  }
  TRY_ASSIGN(const bool fetch, checkSelect(*table, index, input, projection));
  if (filter) TRY(checkPaths(*table, filter->paths()));
  // 3. The rows.
  const ValueView partition = condition->find(hash.name)->values[0];
  std::string prefix =
      index != nullptr ? indexPrefix(table->row.number(), index->number) : itemPrefix(table->row.number());
  prefix += keyHash(partition);
  lang::expression::appendKey(prefix, partition);
  const KeyPart* part = range ? condition->find(range->name) : nullptr;
  PageRequest page{*table, index, sortRange(prefix, part)};
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
