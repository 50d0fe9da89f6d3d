#include "services/dynamodb/vectors/search_condition.h"

#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/keys.h"

namespace thimble::services::dynamodb {

using lang::expression::Condition;
using lang::expression::ConditionNode;
using lang::expression::ConditionOperand;
using lang::expression::ConditionOperator;

namespace {

base::ApiError invalidSearch(const std::string& rest) {
  return validationException("Invalid SearchConditionExpression: " + rest);
}

base::Result<void> gather(const Condition& condition, std::uint32_t at, std::vector<SearchEquality>& out) {
  const ConditionNode& node = condition.nodes()[at];
  switch (node.op) {
    case ConditionOperator::And:
      TRY(gather(condition, node.first, out));
      return gather(condition, node.second, out);
    case ConditionOperator::Or:
    case ConditionOperator::Not:
      return invalidSearch("Invalid operator used in SearchConditionExpression");
    case ConditionOperator::Equal:
      break;
    default:
      return invalidSearch("Invalid comparator used in SearchConditionExpression");
  }
  const ConditionOperand* path = &condition.operands()[node.first];
  const ConditionOperand* value = path + 1;
  if (path->kind == ConditionOperand::Kind::Value) std::swap(path, value);
  if (path->kind != ConditionOperand::Kind::Path || value->kind != ConditionOperand::Kind::Value) {
    return invalidSearch("Invalid comparator used in SearchConditionExpression");
  }
  out.push_back({&condition.paths()[path->index], &condition.values()[value->index]});
  return {};
}

}  // namespace

base::Result<std::vector<SearchEquality>> searchEqualities(const Condition& condition) {
  std::vector<SearchEquality> out;
  if (!condition.nodes().empty()) TRY(gather(condition, condition.root(), out));
  return out;
}

base::Result<void> checkSearch(const VectorInfo& index, const std::vector<SearchEquality>& equalities, bool given) {
  const auto find = [&](const std::string& name) {
    return std::find_if(index.search.begin(), index.search.end(),
                        [&](const SearchAttribute& attribute) { return attribute.key.name == name; });
  };
  // 1. All are of the SearchSchema, and each is there once.
  for (const SearchEquality& each : equalities) {
    if (find(each.path->root()) != index.search.end()) continue;
    return validationException(
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: " +
        each.path->root());
  }
  for (const SearchEquality& each : equalities) {
    if (each.path->nested()) {
      return invalidSearch("SearchConditionExpression cannot have conditions on nested attributes");
    }
  }
  std::set<std::string> names;
  for (const SearchEquality& each : equalities) {
    if (!names.insert(each.path->root()).second) {
      return invalidSearch("SearchConditionExpression must only contain one condition per attribute");
    }
  }
  // 2. The partition is named.
  if (!index.partition.empty() && !given) {
    return validationException("SearchConditionExpression must be provided when SearchSchema has a HASH key");
  }
  for (const KeyAttribute& key : index.partition) {
    if (names.contains(key.name)) continue;
    return validationException("SearchConditionExpression must have all HASH attributes in configured SearchSchema");
  }
  // 3. Values are of the attributes' types.
  for (const SearchEquality& each : equalities) {
    const SearchAttribute& attribute = *find(each.path->root());
    if (each.value->type() != attribute.key.type) {
      return validationException("Type of '" + attribute.key.name + "' attribute in SearchConditionExpression (" +
                                 std::string(typeName(each.value->type())) +
                                 ") does not match type in search schema (" +
                                 std::string(typeName(attribute.key.type)) + ")");
    }
    if (attribute.partition) TRY(checkNotEmpty(*each.value, attribute.key));
  }
  return {};
}

}  // namespace thimble::services::dynamodb
