#include "lang/expression/legacy.h"

#include <array>
#include <optional>

#include "lang/expression/update.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Json;
using base::Result;

namespace {

using Op = ConditionOperator;

struct Operator {
  std::string_view name;
  Op op;
  std::size_t least, most;
  std::string_view types;  ///< With spaces around each; empty for none.
};
constexpr std::size_t kMany = static_cast<std::size_t>(-1);
constexpr std::string_view kScalars = " S N B ";
constexpr std::string_view kScalarsAndSets = " S N B SS NS BS NULL BOOL L M ";
constexpr std::array<Operator, 13> kOperators = {{
    {"EQ", Op::Equal, 1, 1, kScalarsAndSets},
    {"NE", Op::NotEqual, 1, 1, kScalarsAndSets},
    {"LE", Op::LessOrEqual, 1, 1, kScalars},
    {"LT", Op::Less, 1, 1, kScalars},
    {"GE", Op::GreaterOrEqual, 1, 1, kScalars},
    {"GT", Op::Greater, 1, 1, kScalars},
    {"CONTAINS", Op::Contains, 1, 1, kScalars},
    {"NOT_CONTAINS", Op::NotContains, 1, 1, kScalars},
    {"BEGINS_WITH", Op::BeginsWith, 1, 1, " S B "},
    {"IN", Op::In, 1, kMany, kScalars},
    {"BETWEEN", Op::Between, 2, 2, kScalars},
    {"NULL", Op::AttributeNotExists, 0, 0, ""},
    {"NOT_NULL", Op::AttributeExists, 0, 0, ""},
}};

const Operator* findOperator(std::string_view name) {
  for (const Operator& candidate : kOperators) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

ApiError invalid(const std::string& message) {
  return validationError("One or more parameter values were invalid: " + message);
}

bool given(const Json& json, std::string_view member) {
  const Json* found = json.find(member);
  return found != nullptr && !found->isNull();
}

/// The checks of a comparison's values once their number is right.
Result<void, ApiError> checkValues(const Operator& op, const std::vector<Value>& values) {
  for (const Value& value : values) {
    if (value.type() != values[0].type()) {
      return invalid("AttributeValues inside AttributeValueList must be of same type");
    }
  }
  for (const Value& value : values) {
    const std::string name(typeName(value.type()));
    if (op.types.find(" " + name + " ") == std::string_view::npos) {
      return invalid("ComparisonOperator " + std::string(op.name) + " is not valid for " + name +
                     " AttributeValue type");
    }
  }
  if (op.op == Op::Between && compareValues(values[0], values[1]).value_or(0) > 0) {
    return validationError(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  }
  return {};
}

ApiError wrongCount(std::string_view op) {
  return invalid("Invalid number of argument(s) for the " + std::string(op) + " ComparisonOperator");
}

/// A Condition that is built up from comparisons of top-level attributes.
class Builder {
 public:
  void add(std::string_view attribute, Op op, std::vector<Value> values) {
    std::vector<ConditionOperand> operands;
    operands.push_back(
        {ConditionOperand::Kind::Path, condition_.addPath({{PathElement{std::string(attribute), -1, false}}})});
    for (Value& value : values) {
      operands.push_back({ConditionOperand::Kind::Value, condition_.addValue(std::move(value))});
    }
    const auto count = static_cast<std::uint32_t>(operands.size());
    parts_.push_back(condition_.addNode({op, condition_.addOperands(operands), 0, count}));
  }

  Condition build(std::string_view conditional_operator) {
    const Op join = conditional_operator == "OR" ? Op::Or : Op::And;
    // As a balanced tree, so that evaluation does not descend once per part.
    while (parts_.size() > 1) {
      std::vector<std::uint32_t> joined;
      for (std::size_t i = 0; i < parts_.size(); i += 2) {
        joined.push_back(i + 1 < parts_.size() ? condition_.addNode({join, parts_[i], parts_[i + 1], 0}) : parts_[i]);
      }
      parts_ = std::move(joined);
    }
    if (!parts_.empty()) condition_.setRoot(parts_[0]);
    return std::move(condition_);
  }

 private:
  Condition condition_;
  std::vector<std::uint32_t> parts_;
};

Result<std::vector<Value>> readValues(const Json& list) {
  std::vector<Value> values;
  if (list.isArray()) {
    for (const Json& element : list.asArray()) {
      TRY_ASSIGN(Value value, Value::fromJson(element));
      values.push_back(std::move(value));
    }
  }
  return values;
}

/// One entry of Expected.
Result<LegacyComparison> readExpectation(const std::string& attribute, const Json& json) {
  const bool has_list = given(json, "AttributeValueList"), has_value = given(json, "Value");
  const std::string for_attribute = " for Attribute: " + attribute;
  if (has_list && has_value) {
    return invalid("Value and AttributeValueList cannot be used together" + for_attribute);
  }
  LegacyComparison comparison;
  if (!given(json, "ComparisonOperator")) {
    if (has_list) return invalid("AttributeValueList can only be used with a ComparisonOperator" + for_attribute);
    const Json& exists = json["Exists"];
    const bool expected = !exists.isBool() || exists.asBool();
    if (expected && !has_value) {
      return invalid("Value must be provided when Exists is " + std::string(exists.isBool() ? "true" : "null") +
                     for_attribute);
    }
    if (!expected && has_value) return invalid("Value cannot be used when Exists is false" + for_attribute);
    if (has_value) {
      TRY_ASSIGN(Value value, Value::fromJson(json["Value"]));
      comparison.values.push_back(std::move(value));
    }
    comparison.op = expected ? Op::Equal : Op::AttributeNotExists;
    return comparison;
  }
  const std::string name = json.stringAt("ComparisonOperator");
  if (given(json, "Exists")) return invalid("Exists and ComparisonOperator cannot be used together" + for_attribute);
  if (name != "NULL" && name != "NOT_NULL" && !has_list && !has_value) {
    return invalid("Value or AttributeValueList must be used with ComparisonOperator: " + name + for_attribute);
  }
  const Operator* op = findOperator(name);
  const std::size_t count = has_list ? json["AttributeValueList"].size() : has_value ? 1 : 0;
  if (op == nullptr || count < op->least || count > op->most) return wrongCount(name);
  comparison.op = op->op;
  if (has_list) {
    TRY_ASSIGN(comparison.values, readValues(json["AttributeValueList"]));
  } else if (has_value) {
    TRY_ASSIGN(Value value, Value::fromJson(json["Value"]));
    comparison.values.push_back(std::move(value));
  }
  TRY(checkValues(*op, comparison.values));
  return comparison;
}

}  // namespace

Result<LegacyComparison> readLegacyComparison(const Json& json) {
  const std::string name = json.stringAt("ComparisonOperator");
  LegacyComparison comparison;
  TRY_ASSIGN(comparison.values, readValues(json["AttributeValueList"]));
  const Operator* op = findOperator(name);
  if (op == nullptr || comparison.values.size() < op->least || comparison.values.size() > op->most) {
    return wrongCount(name);
  }
  comparison.op = op->op;
  TRY(checkValues(*op, comparison.values));
  return comparison;
}

Result<Condition> readExpected(const Json& expected, std::string_view conditional_operator) {
  Builder builder;
  if (expected.isObject()) {
    for (const auto& [attribute, json] : expected.asObject()) {
      TRY_ASSIGN(LegacyComparison comparison, readExpectation(attribute, json));
      builder.add(attribute, comparison.op, std::move(comparison.values));
    }
  }
  return builder.build(conditional_operator);
}

Result<Condition> readFilter(const Json& filter, std::string_view conditional_operator) {
  Builder builder;
  if (filter.isObject()) {
    for (const auto& [attribute, json] : filter.asObject()) {
      TRY_ASSIGN(LegacyComparison comparison, readLegacyComparison(json));
      builder.add(attribute, comparison.op, std::move(comparison.values));
    }
  }
  return builder.build(conditional_operator);
}

Result<Update> Update::fromAttributeUpdates(const Json& updates) {
  std::vector<UpdateAction> actions;
  if (updates.isObject()) {
    for (const auto& [attribute, json] : updates.asObject()) {
      TRY(checkAttributeName(attribute));
      UpdateAction action;
      action.path.elements.push_back({attribute, -1, false});
      const std::string name = json.stringAt("Action", "PUT");
      const bool has_value = given(json, "Value");
      if (has_value) {
        TRY_ASSIGN(action.operand.value, Value::fromJson(json["Value"]));
        action.type = action.operand.value.type();
      } else if (name != "DELETE") {
        return invalid("Only DELETE action is allowed when no attribute value is specified");
      }
      if (name == "DELETE") {
        action.kind = has_value ? UpdateAction::Kind::Delete : UpdateAction::Kind::Remove;
        if (has_value && !isSet(*action.type)) {
          return invalid("DELETE action with value is not supported for the type " +
                         std::string(typeName(*action.type)));
        }
      } else if (name == "ADD") {
        action.kind = UpdateAction::Kind::Add;
        if (!isSet(*action.type) && *action.type != Type::N && *action.type != Type::L) {
          return invalid("ADD action is not supported for the type " + std::string(typeName(*action.type)));
        }
      } else {
        action.kind = UpdateAction::Kind::Set;
      }
      actions.push_back(std::move(action));
    }
  }
  return Update(std::move(actions), true);
}

}  // namespace thimble::lang::expression
