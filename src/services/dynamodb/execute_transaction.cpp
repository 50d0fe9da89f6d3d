// ExecuteTransaction: up to 100 statements, all of them or none.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
#include <map>
#include <optional>
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
  std::optional<base::ApiError> failure;  ///< Why the transaction is cancelled, when it is because of this statement.
};

/// What a statement is before its table is known.
base::Result<std::vector<StatementRequest>> readRequests(const Json::Array& statements) {
  std::vector<StatementRequest> requests;
  int reads = 0, writes = 0;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    TRY_ASSIGN(const auto parameters, readParameters(statements[i]));
    auto request = readStatement(statements[i], parameters);
    if (!request.ok()) return inStatement(i, std::move(request).error());
    ++(request->statement.kind == Statement::Kind::Select ? reads : writes);
    if (reads > 0 && writes > 0) return inStatement(i, "Unsupported operation in transaction.");
    requests.push_back(*std::move(request));
  }
  return requests;
}

/// Finds the item. What is wrong with its key is a reason to cancel.
base::Result<void> findRow(Step& step) {
  const Statement& statement = step.bound.request.statement;
  base::Result<std::string> row = std::string();
  if (step.bound.isRead()) {
    TRY_ASSIGN(step.key, keyOfRead(step.bound, "ExecuteTransaction"));
    row = readKey(*step.bound.table, step.key);
  } else {
    auto named = namedKeyOf(step.bound);
    if (statement.kind == Statement::Kind::Exists) {
      if (!named.whole || !named.more) {
        return validationException("EXISTS() must contain a single item read with additional condition");
      }
    } else if (statement.kind != Statement::Kind::Insert && (!named.whole || !named.repeated.empty())) {
      step.failure = validationException("The provided key element does not match the schema");
      return {};
    }
    TRY_ASSIGN(step.write, asItemWrite(step.bound, std::move(named)));
    row = rowFor(*step.bound.table, step.write);
  }
  if (row.ok()) {
    step.row = *std::move(row);
  } else {
    step.failure = std::move(row).error();
  }
  return {};
}

base::Result<std::vector<Step>> readSteps(dispatch::Context& context, Data& data, const Json::Array& statements) {
  TRY_ASSIGN(std::vector<StatementRequest> requests, readRequests(statements));
  std::vector<Step> steps;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const bool returning = requests[i].statement.returning.has_value();
    const bool indexed = !requests[i].statement.index.empty();
    auto bound = bindStatement(context, data, std::move(requests[i]));
    Step& step = steps.emplace_back();
    if (!bound.ok() && bound.error().code == "ResourceNotFoundException") {
      step.failure = std::move(bound).error();
      continue;
    }
    if (returning) return inStatement(i, "RETURNING clause is not supported in ExecuteTransaction.");
    if (indexed) return inStatement(i, "Reads on indices are not supported within transactions.");
    if (!bound.ok()) return inStatement(i, std::move(bound).error());
    step.bound = *std::move(bound);
    const auto found = findRow(step);
    if (!found.ok()) return inStatement(i, found.error());
  }
  return steps;
}

/// Cancels for what is wrong with the statements' items, or else refuses that one is named twice.
base::Result<void> checkSteps(const std::vector<Step>& steps) {
  Cancellation cancellation;
  std::set<std::string> rows;
  bool twice = false;
  for (const Step& step : steps) {
    cancellation.add(step.failure);
    if (!step.failure && !rows.insert(step.row).second) twice = true;
  }
  if (cancellation.cancelled()) return cancellation.error();
  if (twice) return validationException("Transaction request cannot include multiple operations on one item");
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
  TRY(checkSteps(steps));
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
    sum.add(*table, outcome->consumed.table, outcome->consumed.indexes, 2);
  }
  if (cancellation.cancelled()) return cancellation.error();
  Json out = Json::object({{"Responses", std::move(responses)}});
  if (const CapacityDetail detail = capacityDetail(input); detail != CapacityDetail::None) {
    Json capacities = Json::array();
    for (const auto& [name, used] : consumed) {
      capacities.push(consumedCapacity(name, *used.first, used.second, detail,
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
