// May the caller do this with these items? Policies can limit it to partition keys and attributes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lang/expression/condition.h"
#include "lang/expression/projection.h"
#include "services/dynamodb/item_write.h"

namespace thimble::services::dynamodb {

struct ItemAccess {
  std::string_view action;  ///< "dynamodb:Query".
  std::string table;        ///< Name or ARN.
  std::string index;        ///< Empty: the table itself.
  const base::Json& input;  ///< Whose Select, ReturnValues and ReturnConsumedCapacity count.
  /// Gives the values that the request names of the partition key, of several attributes of the first; nothing when it
  /// names none.
  std::function<void(const KeyAttribute& partition, std::vector<lang::expression::Value>& out)> leading;
  std::set<std::string> attributes;  ///< Named by the request.
  std::string select;                ///< What a read gives when the request does not say it; empty for writes.
  std::string enclosing;             ///< The operation around this one; empty: none.
  bool may_scan = false;             ///< A statement that scans the whole table when it names no partition key.

  void add(const std::optional<lang::expression::Condition>& condition);
  void add(const std::optional<lang::expression::Projection>& projection);
};

/// The action of a write: "dynamodb:PutItem".
std::string_view writeAction(ItemWrite::Kind kind);

/// The access of a write of one item.
ItemAccess accessOf(std::string_view action, const base::Json& input, const ItemWrite& write);
/// The access of a read of items by their keys.
ItemAccess accessOf(std::string_view action, const std::string& table, const base::Json& input,
                    const std::vector<const lang::expression::Item*>& keys,
                    const std::optional<lang::expression::Projection>& projection);

/// The access of a Query or Scan, without the keys that it names.
ItemAccess readAccess(std::string_view action, const base::Json& input,
                      const std::optional<lang::expression::Condition>& filter,
                      const std::optional<lang::expression::Projection>& projection);

base::Result<void> authoriseItems(dispatch::Context& context, TableCache& tables, const ItemAccess& access);

/// Whether no policy can limit the caller here: the root user in its own account, and a table without a policy.
bool isUnlimited(const dispatch::Context& context, const TableInfo& table);

/// The table for an operation on its items, by name or ARN, once `authorise` allows it: it is there, and neither being
/// created nor deleted. By far the most calls are the root user's; for them `authorise` is not asked.
template <class Authorise>
base::Result<std::shared_ptr<const TableInfo>> openTable(dispatch::Context& context, TableCache& tables,
                                                         const std::string& name_or_arn, const Authorise& authorise) {
  const auto name = tableNameOf(context, name_or_arn);
  auto table = name.ok() ? tables.find(context.transaction(), context.account(), context.region(), *name) : nullptr;
  if (!table || !isUnlimited(context, *table)) TRY(authorise());
  if (!name.ok()) return name.error();
  return usable(std::move(table));
}

}  // namespace thimble::services::dynamodb
