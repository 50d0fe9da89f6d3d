// PartiQL statements as the reads and writes that they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "lang/expression/partiql.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/item_write.h"

namespace thimble::services::dynamodb {

/// A statement with what its request says beside it.
struct StatementRequest {
  lang::expression::Statement statement;
  bool consistent = false;
  bool old_on_failure = false;  ///< ReturnValuesOnConditionCheckFailure is ALL_OLD.
};

/// Reads Parameters.
base::Result<std::vector<lang::expression::Value>> readParameters(const base::Json& input);
/// Reads Statement, ConsistentRead and ReturnValuesOnConditionCheckFailure.
base::Result<StatementRequest> readStatement(const base::Json& input,
                                             const std::vector<lang::expression::Value>& parameters);
/// Reads all four.
base::Result<StatementRequest> readStatement(const base::Json& input);

/// A statement with its table; the caller may run it there (dynamodb:PartiQLSelect and its kin are asked for).
struct BoundStatement {
  StatementRequest request;
  std::shared_ptr<const TableInfo> table;
  /// Null: the table itself. Never one with several partition or sort attributes, which AWS refuses.
  const IndexInfo* index = nullptr;

  bool isRead() const { return request.statement.kind == lang::expression::Statement::Kind::Select; }
};
base::Result<BoundStatement> bindStatement(dispatch::Context& context, Data& data, StatementRequest request);

/// What the statement's WHERE says of its table's key. Reads take an IN of one value for an equality.
lang::expression::NamedKey namedKeyOf(const BoundStatement& bound);

/// One of the reads that answer a SELECT, and its rows.
struct PlannedRead {
  lang::expression::KeyLookup lookup;
  store::Range range;
};
/// The reads of its keys; nothing when only a scan finds what it wants. An error when they meet.
base::Result<std::optional<std::vector<PlannedRead>>> planReads(const BoundStatement& bound);
const KeyAttribute& partitionKeyOf(const BoundStatement& bound);
/// Null when there is none.
const KeyAttribute* sortKeyOf(const BoundStatement& bound);

/// The key of the one item that a SELECT names and says nothing more of; `operation` is what wants it so.
base::Result<lang::expression::Item> keyOfRead(const BoundStatement& bound, const std::string& operation);

/// What one statement on one item did.
struct StatementOutcome {
  std::optional<base::Json> item;  ///< Read, or returned by RETURNING.
  Consumed consumed;
};

/// An INSERT, UPDATE, DELETE or EXISTS as a write of one item. `key` is what the statement names, but of an INSERT.
base::Result<ItemWrite> asItemWrite(const BoundStatement& bound, lang::expression::NamedKey named);
/// The same for a write that stands alone, whose key must be whole.
base::Result<ItemWrite> asItemWrite(const BoundStatement& bound);
/// Runs it.
base::Result<StatementOutcome> runWrite(dispatch::Context& context, Data& data, const BoundStatement& bound,
                                        const ItemWrite& write, const std::string& row);
/// Runs it outside of transactions, where a DELETE of what is not there does nothing.
base::Result<StatementOutcome> runAlone(dispatch::Context& context, Data& data, const BoundStatement& bound,
                                        const ItemWrite& write, const std::string& row);

/// Reads the one item that a SELECT names by its whole key.
base::Result<StatementOutcome> runGet(dispatch::Context& context, const BoundStatement& bound,
                                      const lang::expression::Item& key);

}  // namespace thimble::services::dynamodb
