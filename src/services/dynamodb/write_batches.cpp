// BatchWriteItem, TransactWriteItems.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html and the page beside it
#include <set>

#include "services/dynamodb/access.h"
#include "services/dynamodb/cancellation.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/request_token.h"
#include "services/dynamodb/vectors/vector_entries.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;

constexpr std::size_t kMostBatchItems = 25;
constexpr std::size_t kMostTransactionBytes = 4u << 20;

/// One write of several, with its table.
struct Planned {
  std::string name;  ///< What the request calls the table.
  std::shared_ptr<const TableInfo> table;
  ItemWrite write;
  std::string row;
};

struct Used {
  std::string name;  ///< The first that the request calls it.
  const TableInfo* table = nullptr;
  Consumed consumed;
  Json metrics = Json::array();
};

/// What the answer says of capacity and collections, by table in the order of their names.
class Report {
 public:
  Report(const Json& input, double factor, std::string transaction)
      : input_(input), detail_(capacityDetail(input)), factor_(factor), transaction_(std::move(transaction)) {}

  bool wantsCapacity() const { return detail_ != CapacityDetail::None; }

  void add(const Planned& planned, const WrittenItem& written, const IndexUnits& units) {
    Used& used = usedBy(planned);
    const std::size_t before = written.before ? writtenSize(*used.table, viewOf(written.before)) : 0;
    const std::size_t after = written.after ? writtenSize(*used.table, *written.after) : 0;
    used.consumed.add(*used.table, writeUnits(std::max(before, after)), units, factor_);
    addMetrics(used, planned);
  }
  /// An item of so many bytes that was read instead.
  void addRead(const Planned& planned, std::size_t bytes) {
    Used& used = usedBy(planned);
    used.consumed.table += factor_ * readUnits(bytes, true);
    addMetrics(used, planned);
  }

  void addTo(Json& out) const {
    Json capacities = Json::array();
    Json metrics = Json::object();
    for (const auto& [table, used] : used_) {
      capacities.push(consumedCapacity(used.name, *used.table, used.consumed, detail_, transaction_));
      if (!used.metrics.empty()) metrics.set(used.name, used.metrics);
    }
    if (wantsCapacity()) out.set("ConsumedCapacity", std::move(capacities));
    if (!metrics.empty()) out.set("ItemCollectionMetrics", std::move(metrics));
  }

 private:
  Used& usedBy(const Planned& planned) {
    Used& used = used_[planned.table->row.name()];
    if (used.table == nullptr) used.name = planned.name;
    used.table = planned.table.get();
    return used;
  }

  void addMetrics(Used& used, const Planned& planned) const {
    if (wantsCollectionMetrics(input_, *planned.table)) {
      used.metrics.push(collectionMetrics(*planned.table, planned.write.item));
    }
  }

  const Json& input_;
  CapacityDetail detail_;
  double factor_;
  std::string transaction_;
  std::map<std::string, Used> used_;
};

/// A WriteRequest without its table.
base::Result<ItemWrite> readRequest(const Json& request) {
  const Json& put = request["PutRequest"];
  const Json& remove = request["DeleteRequest"];
  if (put.isNull() == remove.isNull()) {
    return validationException(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  ItemWrite write;
  write.kind = put.isNull() ? ItemWrite::Kind::Delete : ItemWrite::Kind::Put;
  TRY_ASSIGN(write.item, Item::fromJson(put.isNull() ? remove["Key"] : put["Item"]));
  if (!put.isNull() && itemSize(write.item) > lang::expression::kMaxItemSize) {
    return validationException("Item size has exceeded the maximum allowed size");
  }
  return write;
}

/// Errors of keys are worded in a batch as they are for a Key.
base::ApiError batchError(base::ApiError error) {
  if (error.message.find("Missing the key") != std::string::npos ||
      error.message.find("Type mismatch for key") != std::string::npos) {
    error.message = "The provided key element does not match the schema";
  }
  return error;
}

base::Result<Json> batchWriteItem(dispatch::Context& context, Data& data, const Json& input) {
  std::vector<std::pair<std::string, std::vector<ItemWrite>>> requests;
  std::size_t count = 0;
  for (const auto& [name, list] : input["RequestItems"].asObject()) {
    auto& [table, writes] = requests.emplace_back(name, std::vector<ItemWrite>());
    for (const Json& request : list.asArray()) {
      TRY_ASSIGN(ItemWrite write, readRequest(request));
      writes.push_back(std::move(write));
      if (++count > kMostBatchItems) {
        return validationException("Too many items requested for the BatchWriteItem call");
      }
    }
  }
  std::vector<Planned> plan;
  std::set<std::string> seen;
  for (auto& [name, writes] : requests) {
    TRY_ASSIGN(const auto table,
               openTable(context, data.tables, name, [&, &table_name = name, &writes = writes]() -> base::Result<void> {
                 for (const ItemWrite& write : writes) {
                   ItemAccess access = accessOf("dynamodb:BatchWriteItem", input, write);
                   access.table = table_name;
                   TRY(authoriseItems(context, data.tables, access));
                 }
                 return {};
               }));
    for (ItemWrite& write : writes) {
      auto row = rowFor(*table, write);
      if (!row.ok()) return batchError(std::move(row).error());
      if (!seen.insert(*row).second) return validationException("Provided list of item keys contains duplicates");
      plan.push_back({name, table, std::move(write), std::move(*row)});
    }
  }
  Report report(input, 1, "");
  for (const Planned& planned : plan) {
    IndexUnits units;
    TRY_ASSIGN(const WrittenItem written,
               applyItemWrite(context, data, *planned.table, planned.write, planned.row, report.wantsCapacity(),
                              report.wantsCapacity() ? &units : nullptr));
    report.add(planned, written, units);
  }
  // All requests are done in this one transaction, so none is ever left over.
  Json out = Json::object({{"UnprocessedItems", Json::object()}});
  report.addTo(out);
  return out;
}

base::Result<Json> transactWriteItems(dispatch::Context& context, Data& data, const Json& input) {
  struct Action {
    const Json* input = nullptr;
    ItemWrite write;
  };
  // 1. All that can be checked without tables.
  std::vector<Action> actions;
  std::size_t bytes = 0;
  for (const Json& each : input["TransactItems"].asArray()) {
    static constexpr std::pair<const char*, ItemWrite::Kind> kKinds[] = {
        {"ConditionCheck", ItemWrite::Kind::Check},
        {"Put", ItemWrite::Kind::Put},
        {"Delete", ItemWrite::Kind::Delete},
        {"Update", ItemWrite::Kind::Update},
    };
    Action action;
    for (const auto& [name, kind] : kKinds) {
      const Json& found = each[name];
      if (found.isNull()) continue;
      if (action.input != nullptr) {
        return validationException("TransactItems can only contain one of Check, Put, Update or Delete");
      }
      action.input = &found;
      TRY_ASSIGN(action.write, readTransactWrite(kind, found));
    }
    if (action.input == nullptr) {
      return validationException(
          "The action or operation requested is invalid. Verify that the action is typed correctly.");
    }
    bytes += itemSize(action.write.item);
    actions.push_back(std::move(action));
  }
  if (bytes > kMostTransactionBytes) {
    return validationException("Transaction request exceeds the maximum allowed size of 4 MB");
  }
  // 2. The tables; a key of a wrong type cancels, as a condition that fails does.
  std::vector<Planned> plan;
  std::set<std::string> seen;
  Cancellation invalid;
  for (Action& action : actions) {
    const std::string_view named = writeAction(action.write.kind);
    TRY_ASSIGN(const auto table, openTable(context, data.tables, action.input->stringAt("TableName"), [&] {
                 ItemAccess access = accessOf(named, *action.input, action.write);
                 access.enclosing = "TransactWriteItems";
                 return authoriseItems(context, data.tables, access);
               }));
    auto row = rowFor(*table, action.write);
    if (!row.ok() && saysEmptyKey(row.error())) return std::move(row).error();
    // One wrong key is enough: those behind it are not looked at.
    invalid.add(row.ok() || invalid.cancelled() ? std::nullopt : std::optional(row.error()));
    if (row.ok() && !seen.insert(*row).second) {
      return validationException("Transaction request cannot include multiple operations on one item");
    }
    plan.push_back({action.input->stringAt("TableName"), table, std::move(action.write),
                    row.ok() ? std::move(*row) : std::string()});
  }
  if (invalid.cancelled()) return invalid.error();
  TRY_ASSIGN(const bool repeated,
             checkToken(context, input.stringAt("ClientRequestToken"), input["TransactItems"].write()));
  Report report(input, 2, repeated ? "ReadCapacityUnits" : "WriteCapacityUnits");
  if (repeated) {
    Json out = Json::object();
    // What was done before is not done again; reading it is what it costs.
    for (const Planned& planned : plan) {
      const Stored item = context.transaction().get(planned.row);
      report.addRead(planned, item ? itemSize(viewOf(item)) : 0);
    }
    report.addTo(out);
    return out;
  }
  // 3. The writes. An error leaves nothing written, since it ends the transaction.
  Cancellation cancellation;
  for (const Planned& planned : plan) {
    IndexUnits units;
    auto written = applyItemWrite(context, data, *planned.table, planned.write, planned.row, report.wantsCapacity(),
                                  report.wantsCapacity() ? &units : nullptr);
    if (!written.ok() && saysEmptyKey(written.error())) return std::move(written).error();
    cancellation.add(written.ok() ? std::nullopt : std::optional(written.error()));
    if (written.ok()) report.add(planned, *written, units);
  }
  if (cancellation.cancelled()) return cancellation.error();
  Json out = Json::object();
  report.addTo(out);
  return out;
}

}  // namespace

void registerWriteBatches(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "BatchWriteItem",
               [&data](dispatch::Context& context, const Json& input) { return batchWriteItem(context, data, input); });
  addOperation(registry, "TransactWriteItems", [&data](dispatch::Context& context, const Json& input) {
    return transactWriteItems(context, data, input);
  });
}

}  // namespace thimble::services::dynamodb
