// BatchExecuteStatement: up to 25 statements, reads or writes, each for itself.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
#include <map>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/partiql.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Statement;

struct Ran {
  std::shared_ptr<const TableInfo> table;
  StatementOutcome outcome;
};

/// `reached`: set when nothing but its item can fail it any more.
base::Result<Ran> runStatement(dispatch::Context& context, Data& data, StatementRequest request, bool& reached) {
  TRY_ASSIGN(const BoundStatement bound, bindStatement(context, data, std::move(request)));
  if (bound.request.statement.kind == Statement::Kind::Exists) {
    return validationException("EXISTS can only be used in ExecuteTransaction write requests.");
  }
  Ran ran{bound.table, {}};
  if (!bound.isRead()) {
    TRY_ASSIGN(const ItemWrite write, asItemWrite(bound));
    TRY_ASSIGN(const std::string row, rowFor(*bound.table, write));
    reached = true;
    TRY_ASSIGN(ran.outcome, runAlone(context, data, bound, write, row));
    return ran;
  }
  TRY_ASSIGN(const lang::expression::Item key, keyOfRead(bound, "BatchExecuteStatement"));
  TRY_ASSIGN(ran.outcome, runGet(context, bound, key));
  reached = true;
  return ran;
}

/// The short codes of BatchStatementError.
std::string batchCode(const std::string& code) {
  if (code == "ValidationException") return "ValidationError";
  if (code == "ConditionalCheckFailedException") return "ConditionalCheckFailed";
  if (code == "ResourceNotFoundException") return "ResourceNotFound";
  if (code == "DuplicateItemException") return "DuplicateItem";
  if (code == "AccessDeniedException") return "AccessDenied";
  return code.ends_with("Exception") ? code.substr(0, code.size() - 9) : code;
}

base::Result<Json> batchExecuteStatement(dispatch::Context& context, Data& data, const Json& input) {
  const Json::Array& statements = input["Statements"].asArray();
  // 1. Reading all of them: what is not well formed fails alone; reads and writes do not mix.
  std::vector<base::Result<StatementRequest>> requests;
  int reads = 0, writes = 0;
  for (const Json& each : statements) {
    requests.push_back(readStatement(each));
    if (!requests.back().ok()) continue;
    ++(requests.back()->statement.kind == Statement::Kind::Select ? reads : writes);
  }
  if (reads > 0 && writes > 0) {
    return validationException(
        "Batch write and read operations cannot be mixed in the same BatchExecuteStatement request");
  }
  // 2. Running them in one commit; what fails leaves nothing behind.
  const CapacityDetail detail = capacityDetail(input);
  Json responses = Json::array();
  std::map<std::string, std::pair<std::shared_ptr<const TableInfo>, Consumed>> consumed;
  for (auto& request : requests) {
    Json response = Json::object();
    const std::string table = request.ok() ? request->statement.table : std::string();
    const auto savepoint = context.transaction().savepoint();
    bool reached = false;
    auto ran =
        request.ok() ? runStatement(context, data, std::move(*request), reached) : base::Result<Ran>(request.error());
    if (ran.ok()) {
      if (ran->outcome.item) response.set("Item", std::move(*ran->outcome.item));
      auto& [info, sum] = consumed[table];
      info = ran->table;
      sum.add(*info, ran->outcome.consumed.table, ran->outcome.consumed.indexes, 1);
    } else {
      context.transaction().rollbackTo(savepoint);
      Json error = Json::object({{"Code", batchCode(ran.error().code)}, {"Message", ran.error().message}});
      if (const Json& item = ran.error().details["Item"]; !item.isNull()) error.set("Item", item);
      response.set("Error", std::move(error));
    }
    // What was refused before it came to its item names no table.
    if (reached) response.set("TableName", table);
    responses.push(std::move(response));
  }
  Json out = Json::object({{"Responses", std::move(responses)}});
  if (detail != CapacityDetail::None) {
    Json capacities = Json::array();
    for (const auto& [name, used] : consumed) capacities.push(consumedCapacity(name, *used.first, used.second, detail));
    out.set("ConsumedCapacity", std::move(capacities));
  }
  return out;
}

}  // namespace

void registerBatchExecuteStatement(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "BatchExecuteStatement", [&data](dispatch::Context& context, const Json& input) {
    return batchExecuteStatement(context, data, input);
  });
}

}  // namespace thimble::services::dynamodb
