// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
#include "services/dynamodb/partiql.h"

#include <algorithm>

#include "services/dynamodb/access.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/pages.h"
#include "services/dynamodb/vectors/vector_entries.h"

namespace thimble::services::dynamodb {

using base::Json;
using lang::expression::Condition;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::NamedKey;
using lang::expression::Statement;
using lang::expression::Value;
using lang::expression::ValueView;

namespace {

std::string_view actionOf(Statement::Kind kind) {
  switch (kind) {
    case Statement::Kind::Insert:
      return "dynamodb:PartiQLInsert";
    case Statement::Kind::Update:
      return "dynamodb:PartiQLUpdate";
    case Statement::Kind::Delete:
      return "dynamodb:PartiQLDelete";
    default:
      return "dynamodb:PartiQLSelect";
  }
}

/// That no item with these keys exists, as a condition.
Condition absent(const TableInfo& table) {
  Condition condition;
  const auto path = condition.addPath({{lang::expression::PathElement{table.keys.hash().name, -1, false}}});
  const auto operand = condition.addOperands({{lang::expression::ConditionOperand::Kind::Path, path}});
  condition.setRoot(condition.addNode({lang::expression::ConditionOperator::AttributeNotExists, operand, 0, 1}));
  return condition;
}

ItemAccess accessOf(const Statement& statement) {
  static const auto* const nothing = new Json(Json::object());
  ItemAccess access{actionOf(statement.kind), statement.table, statement.index, *nothing, {}, {}, "", "", false};
  access.leading = [&statement](const KeyAttribute& partition, std::vector<Value>& out) {
    if (statement.kind == Statement::Kind::Insert) {
      if (const auto value = statement.item.view().find(partition.name)) out.emplace_back(*value);
      return;
    }
    const auto lookups = lang::expression::planLookups(statement.where, partition, nullptr);
    if (!lookups.ok() || !*lookups) return;
    for (const auto& lookup : **lookups) out.push_back(lookup.partition);
  };
  access.attributes = statement.where.attributes();
  auto entries = statement.item.view().entries();
  std::string_view name;
  for (ValueView value; entries.next(name, value);) access.attributes.emplace(name);
  for (const auto* path : statement.update.paths()) access.attributes.insert(path->root());
  for (const auto& selected : statement.selected) access.attributes.insert(selected.path.root());
  if (statement.kind == Statement::Kind::Select) {
    access.may_scan = true;
    access.select = statement.selected.empty() ? "ALL_ATTRIBUTES" : "SPECIFIC_ATTRIBUTES";
  }
  return access;
}

/// The rows of one partition, behind the rows' prefix, whose sort keys are within all parts.
store::Range rowsOf(const std::string& rows, const Value& partition,
                    const std::vector<lang::expression::KeyPart>& parts) {
  std::string prefix = rows;
  const ValueView value = partition;
  appendPartition(prefix, {&value, 1});
  store::Range range = sortRange(prefix, nullptr);
  for (const lang::expression::KeyPart& part : parts) {
    store::Range narrower = sortRange(prefix, &part);
    range.begin = std::max(range.begin, std::move(narrower.begin));
    range.end = std::min(range.end, std::move(narrower.end));
  }
  if (range.end < range.begin) range.end = range.begin;
  return range;
}

/// Whether two of the reads have a row in common.
bool meet(const std::vector<PlannedRead>& reads) {
  std::vector<const store::Range*> ranges;
  for (const PlannedRead& read : reads) {
    if (read.range.begin < read.range.end) ranges.push_back(&read.range);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const store::Range* a, const store::Range* b) { return a->begin < b->begin; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i]->begin < ranges[i - 1]->end) return true;
  }
  return false;
}

}  // namespace

base::Result<std::vector<Value>> readParameters(const Json& input) {
  std::vector<Value> parameters;
  if (const Json& list = input["Parameters"]; list.isArray()) {
    for (const Json& each : list.asArray()) {
      TRY_ASSIGN(Value value, Value::fromJson(each, lang::expression::NumberReader::Statement));
      parameters.push_back(std::move(value));
    }
  }
  return parameters;
}

base::Result<StatementRequest> readStatement(const Json& input) {
  TRY_ASSIGN(const std::vector<Value> parameters, readParameters(input));
  return readStatement(input, parameters);
}

base::Result<StatementRequest> readStatement(const Json& input, const std::vector<Value>& parameters) {
  StatementRequest request;
  TRY_ASSIGN(request.statement, lang::expression::parseStatement(input.stringAt("Statement"), parameters));
  request.consistent = input["ConsistentRead"].isBool() && input["ConsistentRead"].asBool();
  request.old_on_failure = input.stringAt("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  return request;
}

base::Result<BoundStatement> bindStatement(dispatch::Context& context, Data& data, StatementRequest request) {
  BoundStatement bound{std::move(request), nullptr, nullptr};
  const Statement& statement = bound.request.statement;
  TRY_ASSIGN(bound.table, openTable(context, data.tables, statement.table,
                                    [&] { return authoriseItems(context, data.tables, accessOf(statement)); }));
  if (!statement.index.empty()) {
    bound.index = bound.table->findIndex(statement.index);
    if (bound.index == nullptr) return validationException("The table does not have the specified index");
    if (bound.index->vector) return validationException(kNoScanOfVectors);
    if (bound.index->keys.hasSeveral()) {
      return validationException(
          "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE "
          "keys.");
    }
    if (bound.index->global && bound.request.consistent) {
      return validationException("Strongly consistent read is not supported on Global Secondary Indexes");
    }
  }
  return bound;
}

NamedKey namedKeyOf(const BoundStatement& bound) {
  return lang::expression::namedKey(bound.request.statement.where, bound.table->keys.hash(), bound.table->keys.range(),
                                    bound.isRead());
}

const KeyAttribute& partitionKeyOf(const BoundStatement& bound) {
  return keysOf(*bound.table, bound.index).hash();
}
const KeyAttribute* sortKeyOf(const BoundStatement& bound) {
  return keysOf(*bound.table, bound.index).range();
}

base::Result<std::optional<std::vector<PlannedRead>>> planReads(const BoundStatement& bound) {
  TRY_ASSIGN(auto lookups,
             lang::expression::planLookups(bound.request.statement.where, partitionKeyOf(bound), sortKeyOf(bound)));
  if (!lookups) return std::optional<std::vector<PlannedRead>>();
  const std::string rows = rowsPrefix(*bound.table, bound.index);
  std::vector<PlannedRead> reads;
  for (auto& lookup : *lookups) {
    store::Range range = rowsOf(rows, lookup.partition, lookup.sort);
    reads.push_back({std::move(lookup), std::move(range)});
  }
  if (!meet(reads)) return std::optional(std::move(reads));
  const KeyAttribute* const sort = sortKeyOf(bound);
  const bool negated = sort != nullptr && std::any_of(reads.begin(), reads.end(), [&](const PlannedRead& read) {
                         const auto& names = read.lookup.filters;
                         return std::find(names.begin(), names.end(), sort->name) != names.end();
                       });
  if (!negated) return validationException("Overlapping conditions with range keys are not supported in where clause");
  // What the sort key is not has no range, and AWS lets it be: the partitions are read whole.
  std::vector<PlannedRead> whole;
  for (PlannedRead& read : reads) {
    const auto same = std::find_if(whole.begin(), whole.end(), [&](const PlannedRead& other) {
      return other.lookup.partition == read.lookup.partition;
    });
    if (same == whole.end()) {
      read.range = rowsOf(rows, read.lookup.partition, {});
      whole.push_back(std::move(read));
    } else {
      auto& names = same->lookup.filters;
      names.insert(names.end(), read.lookup.filters.begin(), read.lookup.filters.end());
    }
  }
  return std::optional(std::move(whole));
}

base::Result<Item> keyOfRead(const BoundStatement& bound, const std::string& operation) {
  TRY(planReads(bound));
  NamedKey named = namedKeyOf(bound);
  if (named.whole && !named.more && bound.index == nullptr) return std::move(named.key);
  return validationException("Select statements within " + operation +
                             " must specify the primary key in the where clause.");
}

base::Result<ItemWrite> asItemWrite(const BoundStatement& bound, NamedKey named) {
  const Statement& statement = bound.request.statement;
  ItemWrite write;
  write.old_on_failure = bound.request.old_on_failure;
  if (statement.kind == Statement::Kind::Insert) {
    write.kind = ItemWrite::Kind::Put;
    write.item = statement.item;
    if (itemSize(write.item) > lang::expression::kMaxItemSize) {
      return validationException("Item size has exceeded the maximum allowed size");
    }
    write.condition = absent(*bound.table);
    return write;
  }
  write.item = std::move(named.key);
  switch (statement.kind) {
    case Statement::Kind::Update:
      write.kind = ItemWrite::Kind::Update;
      write.update = statement.update;
      write.condition = statement.where;
      break;
    case Statement::Kind::Delete:
      write.kind = ItemWrite::Kind::Delete;
      // Without more than the key there is nothing that an item could fail, be it there or not.
      if (named.more) write.condition = statement.where;
      break;
    default:
      write.kind = ItemWrite::Kind::Check;
      write.condition = statement.where;
      break;
  }
  return write;
}

base::Result<ItemWrite> asItemWrite(const BoundStatement& bound) {
  if (bound.request.statement.kind == Statement::Kind::Insert) return asItemWrite(bound, NamedKey());
  const KeySchema& keys = bound.table->keys;
  TRY_ASSIGN(NamedKey named, lang::expression::wholeKey(bound.request.statement.where, keys.hash(), keys.range()));
  return asItemWrite(bound, std::move(named));
}

base::Result<StatementOutcome> runWrite(dispatch::Context& context, Data& data, const BoundStatement& bound,
                                        const ItemWrite& write, const std::string& row) {
  const Statement& statement = bound.request.statement;
  StatementOutcome outcome;
  auto written = applyItemWrite(context, data, *bound.table, write, row, true, &outcome.consumed.indexes);
  if (!written.ok()) {
    if (statement.kind == Statement::Kind::Insert && written.error().code == "ConditionalCheckFailedException") {
      return base::ApiError{"DuplicateItemException", "Duplicate primary key exists in table", 400,
                            written.error().details};
    }
    return std::move(written).error();
  }
  const std::size_t before = written->before ? writtenSize(*bound.table, viewOf(written->before)) : 0;
  const std::size_t after = written->after ? writtenSize(*bound.table, *written->after) : 0;
  outcome.consumed.table = writeUnits(std::max(before, after));
  if (statement.returning) {
    const ItemView shown = !statement.returning->is_new ? viewOf(written->before)
                           : written->after             ? written->after->view()
                                                        : ItemView();
    const Item picked = statement.returning->modified ? statement.update.touched(shown) : Item(shown);
    if (!picked.empty()) outcome.item = toJson(picked);
  }
  return outcome;
}

base::Result<StatementOutcome> runAlone(dispatch::Context& context, Data& data, const BoundStatement& bound,
                                        const ItemWrite& write, const std::string& row) {
  // What is not there is deleted already, whatever else the statement says of it; in a transaction that is a condition.
  if (bound.request.statement.kind == Statement::Kind::Delete && !context.transaction().get(row)) {
    StatementOutcome outcome;
    outcome.consumed.table = writeUnits(0);
    return outcome;
  }
  return runWrite(context, data, bound, write, row);
}

base::Result<StatementOutcome> runGet(dispatch::Context& context, const BoundStatement& bound, const Item& key) {
  TRY_ASSIGN(const std::string row, readKey(*bound.table, key));
  const Stored item = context.transaction().get(row);
  StatementOutcome outcome;
  outcome.consumed.table = readUnits(item ? itemSize(viewOf(item)) : 0, bound.request.consistent);
  if (item && bound.request.statement.where.matches(viewOf(item))) {
    outcome.item = toJson(bound.request.statement.select(viewOf(item)));
  }
  return outcome;
}

}  // namespace thimble::services::dynamodb
