#include "lang/expression/key_condition.h"

#include "lang/expression/legacy.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Json;
using base::Result;

namespace {

using Op = ConditionOperator;

std::string_view operatorText(Op op) {
  switch (op) {
    case Op::NotEqual:
      return "<>";
    case Op::In:
      return "IN";
    case Op::Or:
      return "OR";
    case Op::Not:
      return "NOT";
    case Op::Between:
      return "BETWEEN";
    case Op::AttributeExists:
      return "attribute_exists";
    case Op::AttributeNotExists:
      return "attribute_not_exists";
    case Op::AttributeType:
      return "attribute_type";
    case Op::BeginsWith:
      return "begins_with";
    case Op::Contains:
      return "contains";
    default:
      return "";
  }
}

/// Takes a condition apart into one part per attribute.
class Splitter {
 public:
  explicit Splitter(const Condition& condition) : condition_(condition) {}

  Result<void, ApiError> split(std::uint32_t index, std::vector<KeyPart>& parts) const {
    const ConditionNode& node = condition_.nodes()[index];
    switch (node.op) {
      case Op::And:
        TRY(split(node.first, parts));
        return split(node.second, parts);
      case Op::Or:
      case Op::Not:
      case Op::In:
      case Op::NotEqual:
      case Op::AttributeExists:
      case Op::AttributeNotExists:
      case Op::AttributeType:
      case Op::Contains:
        return validationError("Invalid operator used in KeyConditionExpression: " +
                               std::string(operatorText(node.op)));
      default:
        break;
    }
    const ConditionOperand* operands = condition_.operands().data() + node.first;
    using Kind = ConditionOperand::Kind;
    if ((node.op == Op::Between || node.op == Op::BeginsWith) && operands[0].kind != Kind::Path) {
      return validationError("Invalid condition in KeyConditionExpression: " + std::string(operatorText(node.op)) +
                             " operator must have the key attribute as its first operand");
    }
    KeyPart part;
    part.op = node.op;
    const Path* path = nullptr;
    std::size_t position = 0;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      if (operands[i].kind == Kind::Size) {
        return validationError("KeyConditionExpressions cannot contain nested operations");
      }
      if (operands[i].kind == Kind::Value) {
        part.values.push_back(condition_.values()[operands[i].index]);
        continue;
      }
      if (path != nullptr) {
        return validationError(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
      }
      path = &condition_.paths()[operands[i].index];
      position = i;
      if (path->nested()) {
        return validationError("KeyConditionExpressions cannot have conditions on nested attributes");
      }
    }
    if (path == nullptr) {
      return validationError("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    part.attribute = path->root();
    for (const KeyPart& other : parts) {
      if (other.attribute == part.attribute) {
        return validationError("KeyConditionExpressions must only contain one condition per key");
      }
    }
    if (position != 0) part.op = mirrored(part.op);
    parts.push_back(std::move(part));
    return {};
  }

 private:
  const Condition& condition_;
};

}  // namespace

bool KeyPart::matches(ValueView value) const {
  if (values.empty()) return false;
  const ValueView first = values[0];
  if (op == Op::Equal) return value == first;
  if (op == Op::BeginsWith) return value.type() == first.type() && value.text().starts_with(first.text());
  const auto order = compareValues(value, first);
  if (!order) return false;
  switch (op) {
    case Op::Less:
      return *order < 0;
    case Op::LessOrEqual:
      return *order <= 0;
    case Op::Greater:
      return *order > 0;
    case Op::GreaterOrEqual:
      return *order >= 0;
    case Op::Between: {
      const auto upper = compareValues(value, values[1]);
      return *order >= 0 && upper && *upper <= 0;
    }
    default:
      return false;
  }
}

Result<KeyCondition> KeyCondition::parse(std::string_view text, Placeholders& placeholders) {
  TRY_ASSIGN(const Condition condition, Condition::parse(ExpressionKind::KeyCondition, text, placeholders));
  return fromCondition(condition);
}

Result<KeyCondition> KeyCondition::fromCondition(const Condition& condition) {
  KeyCondition result;
  TRY(Splitter(condition).split(condition.root(), result.parts_));
  return result;
}

ApiError tooManyKeyConditions() {
  return validationError("Conditions can be of length 1 or 2 only");
}

Result<KeyCondition> KeyCondition::fromLegacy(const Json& key_conditions) {
  KeyCondition result;
  if (key_conditions.isObject()) {
    for (const auto& [attribute, json] : key_conditions.asObject()) {
      TRY_ASSIGN(LegacyComparison comparison, readLegacyComparison(json));
      KeyPart part;
      part.attribute = attribute;
      part.op = comparison.op;
      part.values = std::move(comparison.values);
      result.parts_.push_back(std::move(part));
    }
  }
  if (result.parts_.empty()) return tooManyKeyConditions();
  return result;
}

const KeyPart* KeyCondition::find(std::string_view attribute) const {
  for (const KeyPart& part : parts_) {
    if (part.attribute == attribute) return &part;
  }
  return nullptr;
}

Result<void, ApiError> KeyCondition::checkCount(const KeySchema& keys) const {
  if (parts_.size() <= keys.size()) return {};
  // Keys of one attribute of each kind have the words from before there were others, which older suites know.
  if (!keys.hasSeveral()) {
    return parts_.size() > 2 ? tooManyKeyConditions() : validationError("Query key condition not supported");
  }
  return validationError("The number of query conditions (" + std::to_string(parts_.size()) +
                         ") exceeds the number of key attributes defined in the schema (" +
                         std::to_string(keys.size()) + ")");
}

Result<void, ApiError> KeyCondition::checkPartition(const KeySchema& keys) const {
  if (keys.partition.size() == 1) {
    const KeyAttribute& key = keys.hash();
    if (find(key.name) == nullptr) return validationError("Query condition missed key schema element: " + key.name);
    TRY(checkParts(keys.partition));
    if (!isEqual(key)) return validationError("Query key condition not supported");
    return {};
  }
  TRY(checkParts(keys.partition));
  std::string unequal;
  for (const KeyAttribute& key : keys.partition) {
    if (!isEqual(key)) unequal += (unequal.empty() ? "" : ", ") + key.name;
  }
  if (unequal.empty()) return {};
  return validationError("HASH key attributes " + unequal + " must have equality conditions specified in the query");
}

Result<void, ApiError> KeyCondition::checkSort(const KeySchema& keys) const {
  TRY(checkParts(keys.sort));
  std::string unequal;  // What an attribute behind may not be asked for without.
  std::string refused;
  std::size_t named = 0;
  const KeyAttribute* missing = nullptr;
  for (const KeyAttribute& key : keys.sort) {
    if (find(key.name) == nullptr) {
      if (missing == nullptr) missing = &key;
    } else {
      ++named;
      if (!unequal.empty()) {
        refused = "RANGE key attributes " + unequal +
                  " must have equality conditions specified in the query because a condition is present on key "
                  "attribute " +
                  key.name;
      }
    }
    if (!isEqual(key)) unequal += (unequal.empty() ? "" : ", ") + key.name;
  }
  if (!refused.empty()) return validationError(std::move(refused));
  // What is left are parts about no key; there is a sort attribute that they stand in for, or they were too many.
  if (missing != nullptr && parts_.size() > keys.partition.size() + named) {
    return validationError("Query condition missed key schema element: " + missing->name);
  }
  return {};
}

bool KeyCondition::isEqual(const KeyAttribute& key) const {
  const KeyPart* part = find(key.name);
  return part != nullptr && part->op == Op::Equal;
}

Result<void, ApiError> KeyCondition::checkParts(const std::vector<KeyAttribute>& attributes) const {
  for (const KeyAttribute& key : attributes) {
    const KeyPart* part = find(key.name);
    if (part == nullptr) continue;
    switch (part->op) {
      case Op::Equal:
      case Op::Less:
      case Op::LessOrEqual:
      case Op::Greater:
      case Op::GreaterOrEqual:
      case Op::Between:
      case Op::BeginsWith:
        break;
      default:
        return validationError("Attempted conditional constraint is not an indexable operation");
    }
    for (const Value& value : part->values) {
      if (value.type() != key.type) {
        return validationError(
            "One or more parameter values were invalid: Condition parameter type does not match schema type");
      }
    }
  }
  return {};
}

}  // namespace thimble::lang::expression
