#include "services/dynamodb/access.h"

#include "base/encoding.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Type;
using lang::expression::Value;
using lang::expression::ValueView;

std::string keyText(ValueView value) {
  switch (value.type()) {
    case Type::N:
      return value.number().text();
    case Type::B:
      return base::encodeBase64(value.text());
    default:
      return std::string(value.text());
  }
}

void addNames(std::set<std::string>& out, ItemView item) {
  auto entries = item.entries();
  std::string_view name;
  for (ValueView value; entries.next(name, value);) out.emplace(name);
}

}  // namespace

std::string_view writeAction(ItemWrite::Kind kind) {
  switch (kind) {
    case ItemWrite::Kind::Put:
      return "dynamodb:PutItem";
    case ItemWrite::Kind::Update:
      return "dynamodb:UpdateItem";
    case ItemWrite::Kind::Delete:
      return "dynamodb:DeleteItem";
    case ItemWrite::Kind::Check:
      break;
  }
  return "dynamodb:ConditionCheckItem";
}

void ItemAccess::add(const std::optional<lang::expression::Condition>& condition) {
  if (condition) attributes.merge(condition->attributes());
}

void ItemAccess::add(const std::optional<lang::expression::Projection>& projection) {
  if (projection) attributes.merge(projection->attributes());
}

ItemAccess accessOf(std::string_view action, const Json& input, const ItemWrite& write) {
  ItemAccess access{action, input.stringAt("TableName"), "", input, {}, {}, "", "", false};
  access.leading = [&write](const KeyAttribute& partition, std::vector<Value>& out) {
    if (const auto value = write.item.view().find(partition.name)) out.emplace_back(*value);
  };
  addNames(access.attributes, write.item);
  access.add(write.condition);
  if (write.update) {
    for (const lang::expression::Path* path : write.update->paths()) access.attributes.insert(path->root());
  }
  return access;
}

ItemAccess accessOf(std::string_view action, const std::string& table, const Json& input,
                    const std::vector<const Item*>& keys,
                    const std::optional<lang::expression::Projection>& projection) {
  ItemAccess access{action, table, "", input, {}, {}, "", "", false};
  access.leading = [keys](const KeyAttribute& partition, std::vector<Value>& out) {
    for (const Item* key : keys) {
      if (const auto value = key->view().find(partition.name)) out.emplace_back(*value);
    }
  };
  for (const Item* key : keys) addNames(access.attributes, *key);
  access.add(projection);
  access.select = projection ? "SPECIFIC_ATTRIBUTES" : "ALL_ATTRIBUTES";
  return access;
}

ItemAccess readAccess(std::string_view action, const Json& input,
                      const std::optional<lang::expression::Condition>& filter,
                      const std::optional<lang::expression::Projection>& projection) {
  ItemAccess access{action, input.stringAt("TableName"), input.stringAt("IndexName"), input, {}, {}, "", "", false};
  access.add(filter);
  access.add(projection);
  access.select = projection             ? "SPECIFIC_ATTRIBUTES"
                  : access.index.empty() ? "ALL_ATTRIBUTES"
                                         : "ALL_PROJECTED_ATTRIBUTES";
  return access;
}

bool isUnlimited(const dispatch::Context& context, const TableInfo& table) {
  const dispatch::Identity& identity = context.call().identity;
  return identity.kind == dispatch::Identity::Kind::Root && identity.session_policies.empty() &&
         identity.account == context.account() && table.row.policy().empty();
}

base::Result<void> authoriseItems(dispatch::Context& context, TableCache& tables, const ItemAccess& access) {
  dispatch::ConditionValues conditions;
  const auto name = tableNameOf(context, access.table);
  const auto table =
      name.ok() ? tables.find(context.transaction(), context.account(), context.region(), *name) : nullptr;
  if (table) {
    const IndexInfo* index = access.index.empty() ? nullptr : table->findIndex(access.index);
    // Of several partition attributes the leading one counts; AWS does not say what it does.
    std::vector<Value> values;
    if (access.leading && (index == nullptr || !index->vector)) access.leading(keysOf(*table, index).hash(), values);
    std::vector<std::string> leading;
    for (const Value& value : values) leading.push_back(keyText(value));
    if (access.may_scan) conditions["dynamodb:FullTableScan"] = {leading.empty() ? "true" : "false"};
    if (!leading.empty()) conditions["dynamodb:LeadingKeys"] = std::move(leading);
  }
  if (!access.attributes.empty()) {
    conditions["dynamodb:Attributes"] = {access.attributes.begin(), access.attributes.end()};
  }
  const auto say = [&](const char* key, const std::string& value) {
    if (!value.empty()) conditions[key] = {value};
  };
  say("dynamodb:Select", access.input.stringAt("Select", access.select));
  say("dynamodb:ReturnValues", access.input.stringAt("ReturnValues"));
  say("dynamodb:ReturnConsumedCapacity", access.input.stringAt("ReturnConsumedCapacity"));
  say("dynamodb:EnclosingOperation", access.enclosing);
  return authoriseTable(context, access.action, access.table, access.index, conditions);
}

}  // namespace thimble::services::dynamodb
