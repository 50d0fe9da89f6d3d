// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
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

// Segments are cut at one of this many values of the hash's first bits.
constexpr std::int64_t kHashSlices = 4096;

std::string sliceStart(const std::string& prefix, std::int64_t slice) {
  if (slice >= kHashSlices) return store::prefixEnd(prefix);
  std::string out = prefix;
  out += static_cast<char>(slice >> 4);
  out += static_cast<char>((slice & 15) << 4);
  return out;
}

base::Result<void> checkSegments(const Json& input) {
  const Json& segment = input["Segment"];
  const Json& total = input["TotalSegments"];
  if (!segment.isNull() && total.isNull()) {
    return validationException(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  }
  if (total.isNull()) return {};
  if (segment.isNull()) {
    return validationException(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  }
  if (segment.asInt() >= total.asInt()) {
    return validationException(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
        std::to_string(segment.asInt()) + " is not less than TotalSegments: " + std::to_string(total.asInt()));
  }
  return {};
}

/// What can be said of the start key by the keys of what is scanned.
base::Result<void> checkStart(const TableInfo& table, const IndexInfo* index, const std::optional<Item>& start) {
  if (!start) return {};
  if (start->size() != startKeyCount(table, index)) {
    return validationException(index != nullptr ? "The provided starting key is invalid"
                                                : "The provided starting key is invalid: The provided key element does "
                                                  "not match the schema");
  }
  if (index == nullptr) return {};
  TRY(checkStartParts(*start, index->keys.partition, true));
  return checkStartParts(*start, index->keys.sort, false);
}

base::Result<void> checkTableKeysOfStart(const TableInfo& table, const std::optional<Item>& start) {
  if (!start) return {};
  if (auto row = readKey(table, keyAttributes(table, *start)); !row.ok()) {
    return validationException("The provided starting key is invalid: " + row.error().message);
  }
  return {};
}

base::Result<Json> scan(dispatch::Context& context, Data& data, const Json& input) {
  // 1. Without the table.
  TRY(lang::expression::checkParameters(input, {"ProjectionExpression", "FilterExpression"},
                                        {"AttributesToGet", "ScanFilter", "ConditionalOperator"}));
  TRY(checkDuplicateNames(input["AttributesToGet"]));
  std::optional<lang::expression::Projection> projection;
  if (!input["AttributesToGet"].isNull()) {
    TRY_ASSIGN(projection, lang::expression::Projection::fromAttributesToGet(input["AttributesToGet"]));
  }
  TRY(checkConditionalOperator(input, "ScanFilter"));
  std::optional<lang::expression::Condition> filter;
  if (!input["ScanFilter"].isNull()) {
    TRY_ASSIGN(filter, lang::expression::readFilter(input["ScanFilter"], input.stringAt("ConditionalOperator")));
  }
  TRY_ASSIGN(const std::optional<Item> start, readStartKey(input));
  TRY(checkSegments(input));
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(input));
  if (expressions.filter) filter = std::move(expressions.filter);
  if (expressions.projection) projection = std::move(expressions.projection);
  // 2. With it.
  TRY_ASSIGN(const auto table, openTable(context, data.tables, input.stringAt("TableName"), [&] {
               return authoriseItems(context, data.tables, readAccess("dynamodb:Scan", input, filter, projection));
             }));
  TRY_ASSIGN(const IndexInfo* const index, findIndexToScan(*table, input));
  TRY(checkStart(*table, index, start));
  TRY(checkSelect(input, projection.has_value()));
  TRY_ASSIGN(const bool fetch, mustFetch(index, input.stringAt("Select"), projection));
  TRY(checkTableKeysOfStart(*table, start));
  // 3. The rows.
  const std::string prefix = rowsPrefix(*table, index);
  PageRequest page{input.stringAt("TableName"), *table, index, {prefix, store::prefixEnd(prefix)}};
  const std::int64_t total = input["TotalSegments"].isInt() ? input["TotalSegments"].asInt() : 1;
  if (total > 1) {
    const std::int64_t segment = input["Segment"].asInt();
    const auto slice = [&](std::int64_t number) { return (kHashSlices * number + total - 1) / total; };
    page.range = {sliceStart(prefix, slice(segment)), sliceStart(prefix, slice(segment + 1))};
    if (page.range.begin == page.range.end) page.range.end = page.range.begin = prefix;
  }
  if (start) {
    const std::string row = startRow(*table, index, *start);
    if (total > 1 && (row < page.range.begin || row >= page.range.end)) {
      return validationException(
          "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
          "Segment. TotalSegments: " +
          std::to_string(total) + " Segment: " + std::to_string(input["Segment"].asInt()));
    }
    page.range.begin = row + std::string(1, '\0');
  }
  if (projection) TRY(checkPaths(*table, projection->paths()));
  if (filter) TRY(checkPaths(*table, filter->paths()));
  setPage(page, input, fetch, std::move(filter), std::move(projection));
  return readPage(context, page, input);
}

}  // namespace

void registerScan(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "Scan",
               [&data](dispatch::Context& context, const Json& input) { return scan(context, data, input); });
}

}  // namespace thimble::services::dynamodb
