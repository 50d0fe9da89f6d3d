// GetItem, BatchGetItem, TransactGetItems.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html and the pages beside it
#include <algorithm>
#include <set>

#include "lang/expression/request.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/cancellation.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/pages.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Projection;

constexpr std::size_t kMostBatchKeys = 100;
constexpr std::size_t kMostAnswerBytes = 16u << 20;
constexpr std::size_t kMostTransactionBytes = 4u << 20;

bool isConsistent(const Json& input) {
  return input["ConsistentRead"].isBool() && input["ConsistentRead"].asBool();
}

/// The projection of ProjectionExpression or AttributesToGet.
base::Result<std::optional<Projection>> readProjection(const Json& input) {
  std::optional<Projection> out;
  if (!input["AttributesToGet"].isNull()) {
    TRY_ASSIGN(out, Projection::fromAttributesToGet(input["AttributesToGet"]));
  }
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(input));
  if (expressions.projection) out = std::move(expressions.projection);
  return out;
}

base::Result<void> checkProjection(const TableInfo& table, const std::optional<Projection>& projection) {
  if (!projection) return {};
  return checkPaths(table, projection->paths());
}

Json shown(ItemView item, const std::optional<Projection>& projection) {
  return projection ? toJson(projection->apply(item)) : toJson(item);
}

base::Result<Json> getItem(dispatch::Context& context, Data& data, const Json& input) {
  TRY(lang::expression::checkParameters(input, {"ProjectionExpression"}, {"AttributesToGet"}));
  TRY_ASSIGN(const Item key, Item::fromJson(input["Key"]));
  TRY(checkDuplicateNames(input["AttributesToGet"]));
  TRY_ASSIGN(const auto projection, readProjection(input));
  const std::string name = input.stringAt("TableName");
  TRY_ASSIGN(const auto table, openTable(context, data.tables, name, [&] {
               return authoriseItems(context, data.tables,
                                     accessOf("dynamodb:GetItem", name, input, {&key}, projection));
             }));
  TRY_ASSIGN(const std::string row, readKey(*table, key));
  TRY(checkProjection(*table, projection));
  const Stored item = context.transaction().get(row);
  Json out = Json::object();
  if (item) out.set("Item", shown(viewOf(item), projection));
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    Consumed consumed;
    consumed.table = readUnits(item ? itemSize(viewOf(item)) : 0, isConsistent(input));
    out.set("ConsumedCapacity", consumedCapacity(name, *table, consumed, detail));
  }
  return out;
}

base::Result<Json> batchGetItem(dispatch::Context& context, Data& data, const Json& input) {
  struct Request {
    std::string name;
    const Json* input;
    std::vector<Item> keys;
    std::optional<Projection> projection;
    std::shared_ptr<const TableInfo> table;
    std::vector<std::string> rows;
  };
  std::vector<Request> requests;
  std::size_t count = 0;
  // 1. All that can be checked without tables. Expressions and what they came after do not go together, be it in the
  // keys of different tables.
  bool projects = false, lists = false;
  for (const auto& [name, each] : input["RequestItems"].asObject()) {
    Request request{name, &each, {}, {}, {}, {}};
    TRY(lang::expression::checkParameters(each, {"ProjectionExpression"}, {"AttributesToGet"}));
    TRY(checkDuplicateNames(each["AttributesToGet"]));
    TRY_ASSIGN(request.projection, readProjection(each));
    std::set<std::string> seen;
    for (const Json& key : each["Keys"].asArray()) {
      TRY_ASSIGN(Item item, Item::fromJson(key));
      if (!seen.insert(item.bytes()).second)
        return validationException("Provided list of item keys contains duplicates");
      request.keys.push_back(std::move(item));
      if (++count > kMostBatchKeys) return validationException("Too many items requested for the BatchGetItem call");
    }
    projects = projects || !each["ProjectionExpression"].isNull();
    lists = lists || !each["AttributesToGet"].isNull();
    requests.push_back(std::move(request));
  }
  if (projects && lists) {
    return validationException(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
        "{AttributesToGet} Expression parameters: {ProjectionExpression}");
  }
  // 2. The tables and keys.
  for (Request& request : requests) {
    TRY_ASSIGN(request.table, openTable(context, data.tables, request.name, [&] {
                 std::vector<const Item*> keys;
                 for (const Item& key : request.keys) keys.push_back(&key);
                 return authoriseItems(
                     context, data.tables,
                     accessOf("dynamodb:BatchGetItem", request.name, input, keys, request.projection));
               }));
    for (const Item& key : request.keys) {
      TRY_ASSIGN(std::string row, readKey(*request.table, key));
      request.rows.push_back(std::move(row));
    }
    TRY(checkProjection(*request.table, request.projection));
  }
  // 3. The items, until the answer is full. A table that is asked by its name and by its ARN is answered once.
  struct Answer {
    std::string name;  ///< The first that the request calls the table.
    const TableInfo* table;
    Json items = Json::array();
    Consumed consumed;
  };
  std::vector<Answer> answers;
  std::set<std::string> done;
  Json unprocessed = Json::object();
  std::size_t bytes = 0;
  for (const Request& request : requests) {
    auto answer = std::find_if(answers.begin(), answers.end(),
                               [&](const Answer& each) { return each.table->row.name() == request.table->row.name(); });
    if (answer == answers.end()) answer = answers.insert(answer, {request.name, request.table.get()});
    Json left = Json::array();
    for (std::size_t k = 0; k < request.rows.size(); ++k) {
      if (!done.insert(request.rows[k]).second) continue;
      if (bytes >= kMostAnswerBytes) {
        left.push((*request.input)["Keys"][k]);
        continue;
      }
      const Stored item = context.transaction().get(request.rows[k]);
      const std::size_t size = item ? itemSize(viewOf(item)) : 0;
      if (bytes + size > kMostAnswerBytes) {
        left.push((*request.input)["Keys"][k]);
        bytes = kMostAnswerBytes;
        continue;
      }
      bytes += size;
      answer->consumed.table += readUnits(size, isConsistent(*request.input));
      if (item) answer->items.push(shown(viewOf(item), request.projection));
    }
    if (!left.empty()) {
      Json rest = *request.input;
      rest.set("Keys", std::move(left));
      unprocessed.set(request.name, std::move(rest));
    }
  }
  const CapacityDetail detail = capacityDetail(input);
  Json responses = Json::object();
  Json capacities = Json::array();
  for (Answer& answer : answers) {
    responses.set(answer.name, std::move(answer.items));
    if (detail != CapacityDetail::None) {
      capacities.push(consumedCapacity(answer.name, *answer.table, answer.consumed, detail));
    }
  }
  Json out = Json::object({{"Responses", std::move(responses)}, {"UnprocessedKeys", std::move(unprocessed)}});
  if (detail != CapacityDetail::None) out.set("ConsumedCapacity", std::move(capacities));
  return out;
}

base::Result<Json> transactGetItems(dispatch::Context& context, Data& data, const Json& input) {
  struct Get {
    const Json* input;
    Item key;
    std::optional<Projection> projection;
  };
  std::vector<Get> gets;
  for (const Json& each : input["TransactItems"].asArray()) {
    const Json& get = each["Get"];
    TRY_ASSIGN(Item key, Item::fromJson(get["Key"]));
    TRY_ASSIGN(auto projection, readProjection(get));
    gets.push_back({&get, std::move(key), std::move(projection)});
  }
  // Tables are looked up and keys checked for all before any item is read; what is wrong cancels the transaction.
  std::vector<std::shared_ptr<const TableInfo>> tables;
  std::vector<std::string> rows;
  Cancellation cancellation;
  std::set<std::string> seen;
  for (const Get& get : gets) {
    const std::string name = get.input->stringAt("TableName");
    TRY_ASSIGN(auto table, openTable(context, data.tables, name, [&] {
                 ItemAccess access = accessOf("dynamodb:GetItem", name, input, {&get.key}, get.projection);
                 access.enclosing = "TransactGetItems";
                 return authoriseItems(context, data.tables, access);
               }));
    auto row = readKey(*table, get.key);
    if (auto projection = checkProjection(*table, get.projection); row.ok() && !projection.ok()) {
      row = std::move(projection).error();
    }
    rows.push_back(row.ok() ? *row : std::string());
    cancellation.add(row.ok() ? std::nullopt : std::optional(row.error()));
    if (row.ok() && !seen.insert(*row).second) {
      return validationException("Transaction request cannot include multiple operations on one item");
    }
    tables.push_back(std::move(table));
  }
  if (cancellation.cancelled()) return cancellation.error();
  Json responses = Json::array();
  // By the table's own name, with the first that the request calls it.
  struct Used {
    std::string name;
    const TableInfo* table = nullptr;
    Consumed consumed;
  };
  std::map<std::string, Used> consumed;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < gets.size(); ++i) {
    const Stored item = context.transaction().get(rows[i]);
    Json response = Json::object();
    if (item) {
      // A projection that finds nothing shows no item here.
      Json found = shown(viewOf(item), gets[i].projection);
      if (!found.empty()) response.set("Item", std::move(found));
    }
    responses.push(std::move(response));
    const std::size_t size = item ? itemSize(viewOf(item)) : 0;
    bytes += size;
    Used& used = consumed[tables[i]->row.name()];
    if (used.table == nullptr) used.name = gets[i].input->stringAt("TableName");
    used.table = tables[i].get();
    used.consumed.table += 2 * readUnits(size, true);
  }
  if (bytes > kMostTransactionBytes) {
    return validationException("Transaction request exceeds the maximum allowed size of 4 MB");
  }
  Json out = Json::object({{"Responses", std::move(responses)}});
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    Json capacities = Json::array();
    for (const auto& [table, used] : consumed) {
      capacities.push(consumedCapacity(used.name, *used.table, used.consumed, detail, "ReadCapacityUnits"));
    }
    out.set("ConsumedCapacity", std::move(capacities));
  }
  return out;
}

}  // namespace

void registerGetItems(dispatch::Registry& registry, Data& data) {
  const auto add = [&](const char* operation, base::Result<Json> (*handler)(dispatch::Context&, Data&, const Json&)) {
    addOperation(registry, operation, [&data, handler](dispatch::Context& context, const Json& input) {
      return handler(context, data, input);
    });
  };
  add("GetItem", getItem);
  add("BatchGetItem", batchGetItem);
  add("TransactGetItems", transactGetItems);
}

}  // namespace thimble::services::dynamodb
