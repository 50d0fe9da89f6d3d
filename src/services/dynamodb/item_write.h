// One write of an item or check of a condition, as PutItem, UpdateItem, DeleteItem, transactions and PartiQL ask for
// it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "lang/expression/condition.h"
#include "lang/expression/update.h"
#include "lang/expression/value.h"
#include "services/dynamodb/item_rows.h"

namespace thimble::services::dynamodb {

struct ItemWrite {
  enum class Kind { Put, Update, Delete, Check };
  Kind kind = Kind::Put;
  lang::expression::Item item;  ///< Put: the item; else its key.
  std::optional<lang::expression::Condition> condition;
  std::optional<lang::expression::Update> update;
  bool old_on_failure = false;  ///< ReturnValuesOnConditionCheckFailure is ALL_OLD.
};

/// A ConditionalOperator joins conditions: those of the member `conditions`, of which there must be several.
base::Result<void> checkConditionalOperator(const base::Json& input, const char* conditions);

/// Reads and checks what can be checked without the table.
base::Result<ItemWrite> readItemWrite(ItemWrite::Kind kind, const base::Json& input);
/// The same for an action of a transaction, which may have placeholders without an expression.
base::Result<ItemWrite> readTransactWrite(ItemWrite::Kind kind, const base::Json& input);

/// The item's row; checks keys and updates against the table's schema.
base::Result<std::string> rowFor(const TableInfo& table, const ItemWrite& write);

struct WrittenItem {
  Stored before;  ///< What was there, when it was needed.
  std::optional<lang::expression::Item> after;
};

/// Checks the condition and writes. `need_before`: the caller wants `before` in any case. `units` (or null) gets what
/// it costs in indexes.
base::Result<WrittenItem> applyItemWrite(dispatch::Context& context, Data& data, const TableInfo& table,
                                         const ItemWrite& write, const std::string& row, bool need_before,
                                         IndexUnits* units);

/// Refuses paths into attributes that are keys of the table or of an index.
base::Result<void> checkKeyPaths(const TableInfo& table, const std::vector<const lang::expression::Path*>& paths);

/// ConditionalCheckFailedException; with the item when it was asked for and there is one.
base::ApiError conditionFailed(const ItemWrite& write, const Stored& item);

}  // namespace thimble::services::dynamodb
