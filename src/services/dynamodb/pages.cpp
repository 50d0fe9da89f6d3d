#include "services/dynamodb/pages.h"

#include <algorithm>

#include "lang/expression/key_encoding.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_write.h"

namespace thimble::services::dynamodb {

using base::Json;
using lang::expression::ConditionOperator;
using lang::expression::Item;
using lang::expression::itemSize;
using lang::expression::ItemView;
using lang::expression::KeyPart;
using lang::expression::Projection;
using lang::expression::Type;
using lang::expression::ValueView;

namespace {

constexpr std::size_t kPageBytes = 1024 * 1024;
// Rows asked of the store at once: enough for most pages, few enough when items are large.
constexpr std::size_t kFirstRows = 128;

std::size_t pageSizeOfItem(ItemView item);

// What a value counts for in a page: its size and what its storage needs besides.
std::size_t pageSize(ValueView value) {
  const std::size_t size = valueSize(value);
  switch (value.type()) {
    case Type::S:
      return size + (size < 128 ? 1 : size < 16384 ? 2 : 3);
    case Type::B:
    case Type::N:
      return size + 1;
    case Type::Ss:
    case Type::Ns:
    case Type::Bs:
      return size + value.count() + 1;
    case Type::Null:
      return 0;
    case Type::Bool:
      return 1;
    case Type::L: {
      std::size_t sum = 3;
      auto elements = value.elements();
      for (ValueView element; elements.next(element);) sum += 1 + pageSize(element);
      return sum;
    }
    case Type::M:
      return 3 + value.count() + pageSizeOfItem(value.map());
  }
  return size;
}

std::size_t pageSizeOfItem(ItemView item) {
  std::size_t sum = 0;
  auto entries = item.entries();
  std::string_view name;
  for (ValueView value; entries.next(name, value);) sum += pageSize(value) + 1;
  return sum;
}

// How much of the page's megabyte an item takes: measured of AWS by the authors of dynalite.
std::size_t pageBytes(ItemView item, const KeyAttribute* range) {
  std::size_t size = 0;
  std::size_t range_size = 0;
  auto entries = item.entries();
  std::string_view name;
  for (ValueView value; entries.next(name, value);) {
    if (range != nullptr && name == range->name) {
      range_size = valueSize(value);
    } else {
      size += pageSize(value) + 1;
    }
  }
  return 2 + size + (1 + (1 + size) / 3072) * (18 + range_size);
}

}  // namespace

base::Result<void> checkDuplicateNames(const Json& names) {
  if (!names.isArray()) return {};
  std::set<std::string> seen;
  for (const Json& name : names.asArray()) {
    if (name.isString() && !seen.insert(name.asString()).second) {
      return invalidParameter("Duplicate value in attribute name: " + name.asString());
    }
  }
  return {};
}

base::Result<void> checkNoKeys(const lang::expression::KeySchema& keys, const lang::expression::Condition& filter,
                               const std::string& what) {
  const std::set<std::string> names = filter.attributes();
  return forEachKey(keys, [&](const lang::expression::KeyAttribute& key) -> base::Result<void> {
    if (!names.contains(key.name)) return {};
    return validationException(what +
                               " can only contain non-primary key attributes: Primary key attribute: " + key.name);
  });
}

base::Result<void> checkPaths(const TableInfo& table, const std::vector<lang::expression::Path>& paths) {
  std::vector<const lang::expression::Path*> pointers;
  pointers.reserve(paths.size());
  for (const auto& path : paths) pointers.push_back(&path);
  return checkKeyPaths(table, pointers);
}

namespace {

base::Result<const IndexInfo*> findIndex(const TableInfo& table, const Json& input, bool scan) {
  const std::string name = input.stringAt("IndexName");
  if (name.empty()) return static_cast<const IndexInfo*>(nullptr);
  const IndexInfo* index = table.findIndex(name);
  if (index == nullptr || !index->kept) {
    return validationException("The table does not have the specified index: " + name);
  }
  if (index->vector && scan) return validationException(kNoScanOfVectors);
  if (!index->local() && input["ConsistentRead"].isBool() && input["ConsistentRead"].asBool()) {
    return validationException("Consistent reads are not supported on global secondary indexes");
  }
  if (index->vector) return validationException("Query operation not supported on this index type.");
  if (!index->readable) {
    return validationException("Cannot read from backfilling global secondary index: " + name);
  }
  return index;
}

}  // namespace

base::Result<const IndexInfo*> findIndexToQuery(const TableInfo& table, const Json& input) {
  return findIndex(table, input, false);
}
base::Result<const IndexInfo*> findIndexToScan(const TableInfo& table, const Json& input) {
  return findIndex(table, input, true);
}

base::Result<void> checkSelect(const Json& input, bool projects) {
  const std::string select = input.stringAt("Select");
  if (projects && !select.empty() && select != "SPECIFIC_ATTRIBUTES") {
    const char* parameter = !input["AttributesToGet"].isNull() ? "AttributesToGet" : "ProjectionExpression";
    const std::string what = select == "COUNT" ? "only the Count" : select;
    return validationException("Cannot specify the " + std::string(parameter) + " when choosing to get " + what);
  }
  if (select == "SPECIFIC_ATTRIBUTES" && !projects) {
    return validationException(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && input["IndexName"].isNull()) {
    return validationException("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  return {};
}

base::Result<bool> mustFetch(const IndexInfo* index, const std::string& select,
                             const std::optional<Projection>& projection) {
  if (index == nullptr || index->projectsAll()) return false;
  if (select == "ALL_ATTRIBUTES") {
    if (index->global) {
      return invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index " + index->name +
                              " because its projection type is not ALL");
    }
    return true;
  }
  if (!projection) return false;
  std::string missing;
  for (const std::string& name : projection->attributes()) {
    if (std::binary_search(index->projected.begin(), index->projected.end(), name)) continue;
    missing += (missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return false;
  if (index->global) {
    return invalidParameter("Global secondary index " + index->name + " does not project [" + missing + "]");
  }
  return true;
}

std::string startRow(const TableInfo& table, const IndexInfo* index, ItemView key) {
  if (index == nullptr) return itemKey(table, key);
  return indexKey(table, *index, key).value_or(std::string());
}

std::size_t startKeyCount(const TableInfo& table, const IndexInfo* index) {
  if (index == nullptr) return table.keys.size();
  std::set<std::string_view> names;
  for (const KeySchema* keys : {&table.keys, &index->keys}) {
    for (const KeyAttribute& key : keys->partition) names.insert(key.name);
    for (const KeyAttribute& key : keys->sort) names.insert(key.name);
  }
  return names.size();
}

base::Result<void> checkStartParts(ItemView key, const std::vector<KeyAttribute>& attributes, bool partition) {
  for (const KeyAttribute& attribute : attributes) {
    if (!key.find(attribute.name)) return validationException("The provided starting key is invalid");
  }
  return checkKeyParts(key, attributes, partition);
}

base::Result<std::optional<Item>> readStartKey(const Json& input) {
  if (input["ExclusiveStartKey"].isNull()) return std::optional<Item>();
  auto key = Item::fromJson(input["ExclusiveStartKey"]);
  if (key.ok()) return std::optional<Item>(std::move(*key));
  // Some of the values' errors are told as they are.
  for (const char* part :
       {"contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude"}) {
    if (key.error().message.find(part) != std::string::npos) return std::move(key).error();
  }
  return validationException("The provided starting key is invalid: " + key.error().message);
}

store::Range sortRange(const std::string& prefix, const KeyPart* part) {
  store::Range range{prefix, store::prefixEnd(prefix)};
  if (part == nullptr) return range;
  const auto row = [&](ValueView value) {
    std::string out = prefix;
    lang::expression::appendKey(out, value);
    return out;
  };
  const std::string first = row(part->values[0]);
  switch (part->op) {
    case ConditionOperator::Equal:
      return {first, store::prefixEnd(first)};
    case ConditionOperator::Less:
      range.end = first;
      return range;
    case ConditionOperator::LessOrEqual:
      range.end = store::prefixEnd(first);
      return range;
    case ConditionOperator::Greater:
      range.begin = store::prefixEnd(first);
      return range;
    case ConditionOperator::GreaterOrEqual:
      range.begin = first;
      return range;
    case ConditionOperator::Between:
      return {first, store::prefixEnd(row(part->values[1]))};
    case ConditionOperator::BeginsWith: {
      std::string begin = prefix;
      lang::expression::appendKeyPrefix(begin, part->values[0]);
      return {begin, store::prefixEnd(begin)};
    }
    default:
      return range;
  }
}

void setPage(PageRequest& page, const Json& input, bool fetch, std::optional<lang::expression::Condition> filter,
             std::optional<lang::expression::Projection> projection) {
  if (input["Limit"].isInt()) page.limit = static_cast<std::size_t>(input["Limit"].asInt());
  page.fetch = fetch;
  page.filter = std::move(filter);
  page.projection = std::move(projection);
  page.count_only = input.stringAt("Select") == "COUNT";
}

Json readPage(dispatch::Context& context, const PageRequest& request, const Json& input) {
  const TableInfo& table = request.table;
  const bool consistent = input["ConsistentRead"].isBool() && input["ConsistentRead"].asBool();
  Json items = Json::array();
  std::size_t count = 0;
  std::size_t scanned = 0;
  std::size_t page_bytes = 0;
  std::size_t read_bytes = 0;
  double fetched_units = 0;
  bool full = false;
  std::string last;
  store::Range range = request.range;
  std::size_t rows_wanted = kFirstRows;
  while (!full) {
    std::size_t rows_asked = rows_wanted;
    if (request.limit) rows_asked = std::min(rows_asked, *request.limit - scanned);
    std::vector<store::Row> rows = context.transaction().scan(range, {.limit = rows_asked, .reverse = request.reverse});
    for (store::Row& row : rows) {
      ++scanned;
      const ItemView entry(row.value);
      read_bytes += itemSize(entry);
      page_bytes += pageBytes(entry, table.keys.range());
      full = page_bytes >= kPageBytes || (request.limit && scanned == *request.limit);
      std::string fetched;
      ItemView item = entry;
      if (request.fetch) {
        fetched = context.transaction().get(itemKey(table, entry)).value_or("");
        item = ItemView(fetched);
        // Each item is a read of its own.
        fetched_units += readUnits(itemSize(item), consistent);
      }
      if (!request.filter || request.filter->matches(request.filters_entries ? entry : item)) {
        ++count;
        if (!request.count_only) {
          items.push(request.projection ? toJson(request.projection->apply(item)) : toJson(item));
        }
      }
      if (full) {
        last = std::move(row.value);
        break;
      }
    }
    if (full || rows.size() < rows_asked) break;
    if (request.reverse) {
      range.end = rows.back().key;
    } else {
      range.begin = rows.back().key + std::string(1, '\0');
    }
    // About as many rows as the rest of the page holds.
    const std::size_t average = page_bytes / scanned + 1;
    rows_wanted = std::min<std::size_t>((kPageBytes - page_bytes) / average + 16, 8192);
  }
  Json out = Json::object();
  if (!request.count_only) out.set("Items", std::move(items));
  out.set("Count", static_cast<std::int64_t>(count));
  out.set("ScannedCount", static_cast<std::int64_t>(scanned));
  if (full) out.set("LastEvaluatedKey", toJson(keyAttributes(table, ItemView(last), request.index)));
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    Consumed consumed;
    const auto units = [&](std::size_t bytes) { return bytes == 0 && scanned > 0 ? 0 : readUnits(bytes, consistent); };
    if (request.index != nullptr) {
      consumed.indexes[request.index->name] = units(read_bytes);
      if (request.fetch) consumed.table = fetched_units;
    } else {
      consumed.table = units(read_bytes);
    }
    out.set("ConsumedCapacity", consumedCapacity(request.name, table, consumed, detail));
  }
  return out;
}

}  // namespace thimble::services::dynamodb
