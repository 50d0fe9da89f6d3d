// ExecuteStatement: one PartiQL statement; a SELECT gives pages.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/json_binary.h"
#include "base/utf16.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/pages.h"
#include "services/dynamodb/partiql.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Statement;

/// Where the next page begins.
struct Continuation {
  std::size_t lookup = 0;
  std::optional<Item> after;  ///< The last item that was read.
};

/// Of what a token continues.
std::string requestDigest(const Json& input) {
  return base::sha256(input.stringAt("Statement") + '\0' + base::encodeJsonBinary(input["Parameters"])).substr(0, 12);
}

std::string writeToken(const Json& input, std::size_t lookup, const Json& key) {
  Json token = Json::object({{"d", requestDigest(input)}, {"l", static_cast<std::int64_t>(lookup)}});
  if (!key.isNull()) token.set("k", key);
  return base::encodeBase64(base::encodeJsonBinary(token));
}

base::Result<Continuation> readToken(const Json& input, const BoundStatement& bound, std::size_t lookups) {
  Continuation continuation;
  const std::string text = input.stringAt("NextToken");
  if (text.empty()) return continuation;
  const auto invalid = [] { return validationException("Invalid NextToken"); };
  const auto bytes = base::decodeBase64(text);
  const auto token = bytes ? base::decodeJsonBinary(*bytes) : std::nullopt;
  if (!token || !(*token)["d"].isString() || !(*token)["l"].isInt()) return invalid();
  if ((*token)["d"].asString() != requestDigest(input)) return validationException("NextToken does not match request");
  const std::int64_t lookup = (*token)["l"].asInt();
  if (lookup < 0 || static_cast<std::size_t>(lookup) >= lookups) return invalid();
  continuation.lookup = static_cast<std::size_t>(lookup);
  if ((*token)["k"].isObject()) {
    auto key = Item::fromJson((*token)["k"]);
    if (!key.ok() || !readKey(*bound.table, keyAttributes(*bound.table, *key)).ok()) return invalid();
    if (bound.index != nullptr && !indexKey(*bound.table, *bound.index, *key)) return invalid();
    continuation.after = std::move(*key);
  }
  return continuation;
}

bool before(const PlannedRead& a, const PlannedRead& b) {
  return lang::expression::compareValues(a.lookup.partition, b.lookup.partition).value_or(0) < 0;
}

/// ORDER BY, checked; whether rows are read from behind.
base::Result<bool> readOrder(const BoundStatement& bound, std::optional<std::vector<PlannedRead>>& reads) {
  const auto& order = bound.request.statement.order;
  if (order.empty()) return false;
  if (!reads) {
    return validationException(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  }
  bool reverse = false, by_partition = false;
  for (const lang::expression::Ordering& ordering : order) {
    if (ordering.attribute == partitionKeyOf(bound).name) {
      by_partition = true;
      std::stable_sort(reads->begin(), reads->end(), [&](const PlannedRead& a, const PlannedRead& b) {
        return ordering.descending ? before(b, a) : before(a, b);
      });
    } else if (sortKeyOf(bound) && ordering.attribute == sortKeyOf(bound)->name) {
      reverse = ordering.descending;
    } else {
      return validationException("Variable reference " + ordering.attribute +
                                 " in ORDER BY clause must be part of the primary key");
    }
  }
  const bool one_partition = std::all_of(reads->begin(), reads->end(), [&](const PlannedRead& read) {
    return read.lookup.partition == reads->front().lookup.partition;
  });
  if (!one_partition && !by_partition) {
    return validationException(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.");
  }
  return reverse;
}

/// All rows of the table or index.
store::Range wholeRange(const BoundStatement& bound) {
  const std::string prefix = rowsPrefix(*bound.table, bound.index);
  return {prefix, store::prefixEnd(prefix)};
}

/// Adds the numbers of one ConsumedCapacity to another.
void addCapacity(Json& sum, const Json& more) {
  if (!more.isObject()) return;
  for (const auto& [name, value] : more.asObject()) {
    const Json* old = sum.find(name);
    if (value.isNumber() && old != nullptr) {
      sum.set(name, old->asDouble() + value.asDouble());
    } else if (value.isObject() && old != nullptr) {
      Json inner = *old;
      addCapacity(inner, value);
      sum.set(name, std::move(inner));
    } else {
      sum.set(name, value);
    }
  }
}

/// What of the select list a page can show by itself: names, without paths into them.
std::optional<lang::expression::Projection> plainProjection(const Statement& statement) {
  std::vector<lang::expression::Path> paths;
  for (const lang::expression::SelectedPath& selected : statement.selected) {
    paths.push_back({{selected.path.elements.front()}});
  }
  std::sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) { return a.root() < b.root(); });
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  if (paths.empty()) return std::nullopt;
  return lang::expression::Projection(std::move(paths));
}

/// Names in the order of a Java HashSet, which AWS lists them in.
std::string hashSetText(const std::vector<std::string>& names) {
  std::size_t buckets = 16;
  while (names.size() * 4 > buckets * 3) buckets *= 2;
  std::multimap<std::size_t, std::string> sorted;  // Equal ones keep their order.
  for (const std::string& name : names) {
    const std::uint32_t hash = base::javaHash(name);
    sorted.emplace((hash ^ (hash >> 16)) & (buckets - 1), name);
  }
  std::string out;
  for (const auto& [bucket, name] : sorted) out += (out.empty() ? "" : ", ") + name;
  return "[" + out + "]";
}

/// Refuses reads by key that filter by attributes which the index does not have. The last partition's are told, and
/// none when any of the reads has no such filter. A scan takes what is not there for missing.
base::Result<void> checkFilters(const BoundStatement& bound, std::vector<PlannedRead> reads) {
  if (bound.index == nullptr || bound.index->projectsAll()) return {};
  std::stable_sort(reads.begin(), reads.end(), before);
  std::vector<std::string> missing;
  for (const PlannedRead& read : reads) {
    missing.clear();
    for (const std::string& name : read.lookup.filters) {
      if (std::binary_search(bound.index->projected.begin(), bound.index->projected.end(), name)) continue;
      if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
    }
    if (missing.empty()) return {};
  }
  if (missing.empty()) return {};
  return invalidParameter("Secondary index " + bound.index->name +
                          " does not project one or more filter attributes: " + hashSetText(missing));
}

base::Result<Json> select(dispatch::Context& context, const BoundStatement& bound, const Json& input) {
  const Statement& statement = bound.request.statement;
  PageRequest page{statement.table, *bound.table, bound.index, {}};
  page.filter = statement.where;
  page.filters_entries = bound.index != nullptr;
  page.projection = plainProjection(statement);
  TRY_ASSIGN(page.fetch, mustFetch(bound.index, "", page.projection));
  TRY(lang::expression::checkKeyTypes(statement.where, partitionKeyOf(bound), sortKeyOf(bound)));
  TRY_ASSIGN(auto reads, planReads(bound));
  if (reads) TRY(checkFilters(bound, *reads));
  TRY_ASSIGN(page.reverse, readOrder(bound, reads));
  const std::size_t parts = reads ? reads->size() : 1;
  TRY_ASSIGN(const Continuation start, readToken(input, bound, std::max<std::size_t>(parts, 1)));

  TRY(checkPaths(*bound.table, statement.where.paths()));
  const bool nested = std::any_of(statement.selected.begin(), statement.selected.end(),
                                  [](const auto& selected) { return selected.path.nested(); });
  std::optional<std::size_t> left;
  if (input["Limit"].isInt()) left = static_cast<std::size_t>(input["Limit"].asInt());

  Json out = Json::object({{"Items", Json::array()}});
  Json capacity;
  Json items = Json::array();
  for (std::size_t part = start.lookup; part < parts; ++part) {
    page.range = reads ? (*reads)[part].range : wholeRange(bound);
    if (part == start.lookup && start.after) {
      const std::string row = startRow(*bound.table, bound.index, *start.after);
      if (page.reverse) {
        page.range.end = std::min(page.range.end, row);
      } else {
        page.range.begin = std::max(page.range.begin, row + std::string(1, '\0'));
      }
    }
    page.limit = left;
    const Json read = readPage(context, page, input);
    for (const Json& item : read["Items"].asArray()) {
      if (!nested) {
        items.push(item);
        continue;
      }
      TRY_ASSIGN(const Item whole, Item::fromJson(item));
      items.push(toJson(statement.select(whole)));
    }
    addCapacity(capacity, read["ConsumedCapacity"]);
    if (left) *left -= std::min(*left, static_cast<std::size_t>(read["ScannedCount"].asInt()));
    if (const Json& last = read["LastEvaluatedKey"]; !last.isNull()) {
      out.set("LastEvaluatedKey", last);
      out.set("NextToken", writeToken(input, part, last));
      break;
    }
    if (left && *left == 0 && part + 1 < parts) {
      out.set("NextToken", writeToken(input, part + 1, Json()));
      break;
    }
  }
  out.set("Items", std::move(items));
  if (capacityDetail(input) != CapacityDetail::None) {
    if (capacity.isNull())
      capacity = consumedCapacity(bound.request.statement.table, *bound.table, Consumed(), capacityDetail(input));
    out.set("ConsumedCapacity", std::move(capacity));
  }
  return out;
}

base::Result<Json> executeStatement(dispatch::Context& context, Data& data, const Json& input) {
  TRY_ASSIGN(StatementRequest request, readStatement(input));
  if (request.statement.kind == Statement::Kind::Exists) {
    return validationException("EXISTS can only be used in ExecuteTransaction write requests.");
  }
  TRY_ASSIGN(const BoundStatement bound, bindStatement(context, data, std::move(request)));
  if (bound.isRead()) return select(context, bound, input);
  TRY_ASSIGN(const ItemWrite write, asItemWrite(bound));
  TRY_ASSIGN(const std::string row, rowFor(*bound.table, write));
  auto ran = runAlone(context, data, bound, write, row);
  if (!ran.ok()) {
    base::ApiError error = std::move(ran).error();
    // Alone, this error shows no item: its shape has no place for one.
    if (error.code == "DuplicateItemException") error.details = Json();
    return error;
  }
  StatementOutcome outcome = *std::move(ran);
  Json items = Json::array();
  if (outcome.item) items.push(std::move(*outcome.item));
  Json out = Json::object({{"Items", std::move(items)}});
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    out.set("ConsumedCapacity",
            consumedCapacity(bound.request.statement.table, *bound.table, outcome.consumed, detail));
  }
  return out;
}

}  // namespace

void registerExecuteStatement(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "ExecuteStatement", [&data](dispatch::Context& context, const Json& input) {
    return executeStatement(context, data, input);
  });
}

}  // namespace thimble::services::dynamodb
