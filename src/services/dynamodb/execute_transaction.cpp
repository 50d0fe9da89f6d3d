// ExecuteTransaction: up to 100 statements, all of them or none.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
#include <map>
#include <set>

#include "base/json_binary.h"
#include "services/dynamodb/cancellation.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/request_token.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::Statement;

base::ApiError inStatement(std::size_t index, base::ApiError error) {
  if (error.code == "ValidationException") {
    error.message = "Validation failed in TransactStatements[" + std::to_string(index) + "]: " + error.message;
  }
  return error;
}

base::ApiError inStatement(std::size_t index, std::string message) {
  return inStatement(index, validationException(std::move(message)));
}

/// One statement, with the item that it is about.
struct Step {
  BoundStatement bound;
  ItemWrite write;  ///< Of all but reads.
  Item key;         ///< Of reads.
  std::string row;
};

base::Result<std::vector<Step>> readSteps(dispatch::Context& context, Data& data, const Json::Array& statements) {
  std::vector<Step> steps;
  int reads = 0, writes = 0;
  std::set<std::string> rows;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    TRY_ASSIGN(const auto parameters, readParameters(statements[i]));
    auto request = readStatement(statements[i], parameters);
    if (!request.ok()) return inStatement(i, std::move(request).error());
    const Statement& statement = request->statement;
    if (statement.returning) return inStatement(i, "RETURNING clause is not supported in ExecuteTransaction.");
    if (!statement.index.empty()) return inStatement(i, "Reads on indices are not supported within transactions.");
    ++(statement.kind == Statement::Kind::Select ? reads : writes);
    if (reads > 0 && writes > 0) return inStatement(i, "Unsupported operation in transaction.");
    auto bound = bindStatement(context, data, std::move(*request));
    if (!bound.ok()) return inStatement(i, std::move(bound).error());
    steps.push_back({std::move(*bound), {}, {}, {}});
  }
  return steps;
}

/// Finds each statement's item. A key of a wrong type is a reason to cancel.
base::Result<void> findRows(std::vector<Step>& steps) {
  Cancellation cancellation;
  std::set<std::string> rows;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Step& step = steps[i];
    base::Result<std::string> row = std::string();
    if (step.bound.isRead()) {
      auto key = keyOf(step.bound);
      if (!key.ok()) {
        return inStatement(
            i, "Select statements within ExecuteTransaction must specify the primary key in the where clause.");
      }
      step.key = std::move(*key);
      row = readKey(*step.bound.table, step.key);
    } else {
      auto write = asItemWrite(step.bound);
      if (!write.ok()) return inStatement(i, std::move(write).error());
      const Statement& statement = step.bound.request.statement;
      if (statement.kind == Statement::Kind::Exists && !saysMore(statement, *step.bound.table)) {
        return inStatement(i, "EXISTS() must contain a single item read with additional condition");
      }
      step.write = std::move(*write);
      row = rowFor(*step.bound.table, step.write);
    }
    cancellation.add(row.ok() ? std::nullopt : std::optional(row.error()));
    if (!row.ok()) continue;
    step.row = std::move(*row);
    if (!rows.insert(step.row).second) {
      return validationException("Transaction request cannot include multiple operations on one item");
    }
  }
  if (cancellation.cancelled()) return cancellation.error();
  return {};
}

base::Result<StatementOutcome> readAgain(dispatch::Context& context, const Step& step) {
  const Stored item = context.transaction().get(step.row);
  StatementOutcome outcome;
  outcome.consumed.table = readUnits(item ? itemSize(viewOf(item)) : 0, true);
  return outcome;
}

base::Result<Json> executeTransaction(dispatch::Context& context, Data& data, const Json& input) {
  TRY_ASSIGN(std::vector<Step> steps, readSteps(context, data, input["TransactStatements"].asArray()));
  TRY(findRows(steps));
  const bool reading = !steps.empty() && steps.front().bound.isRead();
  bool repeated = false;
  if (!reading) {
    TRY_ASSIGN(repeated, checkToken(context, input.stringAt("ClientRequestToken"),
                                    base::encodeJsonBinary(input["TransactStatements"])));
  }
  Cancellation cancellation;
  Json responses = Json::array();
  std::map<std::string, std::pair<const TableInfo*, Consumed>> consumed;
  for (const Step& step : steps) {
    // What was done before is not done again; reading it is what it costs.
    auto outcome = repeated  ? readAgain(context, step)
                   : reading ? runGet(context, step.bound, step.key)
                             : runWrite(context, data, step.bound, step.write, step.row);
    cancellation.add(outcome.ok() ? std::nullopt : std::optional(outcome.error()));
    if (!outcome.ok()) continue;
    if (reading) {
      Json response = Json::object();
      if (outcome->item) response.set("Item", std::move(*outcome->item));
      responses.push(std::move(response));
    }
    auto& [table, sum] = consumed[step.bound.request.statement.table];
    table = step.bound.table.get();
    sum.table += 2 * outcome->consumed.table;
    for (const auto& [index, units] : outcome->consumed.indexes) sum.indexes[index] += 2 * units;
  }
  if (cancellation.cancelled()) return cancellation.error();
  Json out = Json::object({{"Responses", std::move(responses)}});
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    Json capacities = Json::array();
    for (const auto& [name, used] : consumed) {
      capacities.push(consumedCapacity(*used.first, used.second, detail,
                                       reading || repeated ? "ReadCapacityUnits" : "WriteCapacityUnits"));
    }
    out.set("ConsumedCapacity", std::move(capacities));
  }
  return out;
}

}  // namespace

void registerExecuteTransaction(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "ExecuteTransaction", [&data](dispatch::Context& context, const Json& input) {
    return executeTransaction(context, data, input);
  });
}

}  // namespace thimble::services::dynamodb
