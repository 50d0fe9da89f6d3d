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
  /// Gives the values of the partition key that the request names; nothing when it names none.
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

/// The same, where `make` makes the access only when it matters: by far the most calls are the root user's.
template <class Make>
base::Result<void> authoriseItems(dispatch::Context& context, TableCache& tables, std::string_view action,
                                  const std::string& table, const std::string& index, const Make& make) {
  const dispatch::Identity& identity = context.call().identity;
  if (identity.kind == dispatch::Identity::Kind::Root && identity.session_policies.empty()) {
    return authoriseTable(context, action, table, index);
  }
  return authoriseItems(context, tables, make());
}

}  // namespace thimble::services::dynamodb
