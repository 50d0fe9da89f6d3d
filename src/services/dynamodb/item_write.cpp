#include "services/dynamodb/item_write.h"

#include <algorithm>

#include "lang/expression/legacy.h"
#include "lang/expression/request.h"
#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {

using base::Json;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Type;
using lang::expression::Update;
using lang::expression::UpdateAction;

namespace {

base::Result<void> checkReturnValues(ItemWrite::Kind kind, const Json& input) {
  if (kind == ItemWrite::Kind::Update) return {};
  const std::string values = input.stringAt("ReturnValues");
  if (!values.empty() && values != "ALL_OLD" && values != "NONE") {
    return validationException("ReturnValues can only be ALL_OLD or NONE");
  }
  return {};
}

/// Refuses updates of keys, and of index keys with values of another type.
base::Result<void> checkUpdate(const TableInfo& table, const Update& update) {
  TRY(forEachKey(table.keys, [&](const KeyAttribute& key) -> base::Result<void> {
    for (const UpdateAction& action : update.actions()) {
      if (action.path.root() != key.name) continue;
      return invalidParameter("Cannot update attribute " + key.name + ". This attribute is part of the key");
    }
    return {};
  }));
  for (const bool global : {true, false}) {
    for (const IndexInfo& index : table.indexes) {
      if (index.global != global || !index.kept) continue;
      TRY(forEachKey(index.keys, [&](const KeyAttribute& key) -> base::Result<void> {
        for (const UpdateAction& action : update.actions()) {
          if (action.path.nested() || action.path.root() != key.name || !action.type) continue;
          if (action.kind == UpdateAction::Kind::Remove || *action.type == key.type) continue;
          return invalidParameter("Type mismatch for Index Key " + key.name +
                                  " Expected: " + std::string(typeName(key.type)) +
                                  " Actual: " + std::string(typeName(*action.type)) + " IndexName: " + index.name);
        }
        return {};
      }));
    }
  }
  return checkKeyPaths(table, update.paths());
}

}  // namespace

base::Result<void> checkKeyPaths(const TableInfo& table, const std::vector<const lang::expression::Path*>& paths) {
  const auto check = [&](const KeySchema& keys, const char* what) {
    return forEachKey(keys, [&](const KeyAttribute& key) -> base::Result<void> {
      for (const lang::expression::Path* path : paths) {
        if (path->nested() && path->root() == key.name) {
          return validationException(
              "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
              std::string(what) + ": " + key.name);
        }
      }
      return {};
    });
  };
  TRY(check(table.keys, "Key"));
  for (const IndexInfo& index : table.indexes) TRY(check(index.keys, "IndexKey"));
  return {};
}

base::Result<void> checkConditionalOperator(const Json& input, const char* conditions) {
  if (input["ConditionalOperator"].isNull()) return {};
  const std::size_t joined = input[conditions].size();
  if (joined == 0) return validationException("ConditionalOperator cannot be used without Filter or Expected");
  if (joined > 1) return {};
  return validationException("ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

base::Result<ItemWrite> readItemWrite(ItemWrite::Kind kind, const Json& input) {
  using lang::expression::checkParameters;
  if (kind == ItemWrite::Kind::Update) {
    TRY(checkParameters(input, {"UpdateExpression", "ConditionExpression"},
                        {"AttributeUpdates", "Expected", "ConditionalOperator"}));
  } else {
    TRY(checkParameters(input, {"ConditionExpression"}, {"Expected", "ConditionalOperator"}));
  }
  return readTransactWrite(kind, input);
}

base::Result<ItemWrite> readTransactWrite(ItemWrite::Kind kind, const Json& input) {
  ItemWrite write;
  write.kind = kind;
  TRY_ASSIGN(write.item, Item::fromJson(input[kind == ItemWrite::Kind::Put ? "Item" : "Key"]));
  TRY(checkReturnValues(kind, input));
  if (kind == ItemWrite::Kind::Put && itemSize(write.item) > lang::expression::kMaxItemSize) {
    return validationException("Item size has exceeded the maximum allowed size");
  }
  if (kind == ItemWrite::Kind::Update && !input["AttributeUpdates"].isNull()) {
    TRY_ASSIGN(write.update, Update::fromAttributeUpdates(input["AttributeUpdates"]));
  }
  if (!input["Expected"].isNull()) {
    TRY_ASSIGN(write.condition,
               lang::expression::readExpected(input["Expected"], input.stringAt("ConditionalOperator")));
  }
  TRY(checkConditionalOperator(input, "Expected"));
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(input));
  if (expressions.condition) write.condition = std::move(expressions.condition);
  if (expressions.update) write.update = std::move(expressions.update);
  write.old_on_failure = input.stringAt("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  return write;
}

base::Result<std::string> rowFor(const TableInfo& table, const ItemWrite& write) {
  if (write.kind == ItemWrite::Kind::Put) return keyOfItem(table, write.item);
  TRY_ASSIGN(std::string row, readKey(table, write.item));
  if (write.update) TRY(checkUpdate(table, *write.update));
  return row;
}

base::ApiError conditionFailed(const ItemWrite& write, const Stored& item) {
  base::ApiError error{"ConditionalCheckFailedException", "The conditional request failed", 400};
  if (write.old_on_failure && item) error.details = Json::object({{"Item", toJson(viewOf(item))}});
  return error;
}

base::Result<WrittenItem> applyItemWrite(dispatch::Context& context, Data& data, const TableInfo& table,
                                         const ItemWrite& write, const std::string& row, bool need_before,
                                         IndexUnits* units) {
  WrittenItem result;
  const bool reads = need_before || write.condition || write.kind == ItemWrite::Kind::Update ||
                     write.kind == ItemWrite::Kind::Check || table.needsOld();
  if (reads) result.before = context.transaction().get(row);
  if (write.condition && !write.condition->matches(viewOf(result.before))) {
    return conditionFailed(write, result.before);
  }
  switch (write.kind) {
    case ItemWrite::Kind::Check:
      return result;
    case ItemWrite::Kind::Put:
      result.after = write.item;
      break;
    case ItemWrite::Kind::Update: {
      // What only takes away leaves no item where there is none.
      if (!result.before && write.update && write.update->onlyTakesAway()) return result;
      const ItemView base = result.before ? viewOf(result.before) : write.item.view();
      if (write.update) {
        TRY_ASSIGN(result.after, write.update->apply(base));
        if (itemSize(*result.after) > lang::expression::kMaxItemSize) {
          return validationException("Item size to update has exceeded the maximum allowed size");
        }
        TRY(checkUpdatedIndexKeys(table, base, *result.after));
      } else {
        result.after = Item(base);
      }
      break;
    }
    case ItemWrite::Kind::Delete:
      break;
  }
  writeItem(context.transaction(), *data.sequencer, context.now(),
            {table, row, result.before, result.after ? &*result.after : nullptr, false}, units);
  return result;
}

}  // namespace thimble::services::dynamodb
