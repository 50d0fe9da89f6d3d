#include "lang/sam/intrinsics.h"

#include <algorithm>

namespace thimble::lang::sam {
namespace {

constexpr std::size_t kMostConditions = 10;  // That one Fn::Or may join.

Value conditionList(const std::vector<std::string>& conditions) {
  Value list = Value::list();
  for (const std::string& condition : conditions) list.push(Value::map({{"Condition", condition}}));
  return list;
}

}  // namespace

Value ref(const Text& name) {
  return Value::map({{"Ref", name}});
}
Value getAtt(const Text& logical_id, const Text& attribute) {
  return Value::map({{"Fn::GetAtt", Value::list({logical_id, attribute})}});
}
Value sub(const Text& text, const Value& variables) {
  if (variables.truthy()) return Value::map({{"Fn::Sub", Value::list({text, variables})}});
  return Value::map({{"Fn::Sub", text}});
}
Value conditional(const Value& condition, const Value& then, const Value& otherwise) {
  return Value::map({{"Fn::If", Value::list({condition, then, otherwise.isNull() ? ref("AWS::NoValue") : otherwise})}});
}
Value notCondition(const Text& condition) {
  return Value::map({{"Fn::Not", Value::list({Value::map({{"Condition", condition}})})}});
}
Value orConditions(const std::vector<std::string>& conditions) {
  return Value::map({{"Fn::Or", conditionList(conditions)}});
}

Value combinedConditions(std::vector<std::string> conditions, const std::string& name) {
  if (conditions.size() < 2) return {};
  Value made = Value::map();
  // Each new condition takes ten and is itself one more to join, so the count falls by nine a step.
  std::size_t number = (conditions.size() - 2) / (kMostConditions - 1);
  while (conditions.size() > 1) {
    const std::string new_name = number > 0 ? name + std::to_string(number--) : name;
    const auto end = conditions.begin() + static_cast<std::ptrdiff_t>(std::min(kMostConditions, conditions.size()));
    made.set(new_name, orConditions({conditions.begin(), end}));
    conditions.erase(conditions.begin(), end);
    conditions.push_back(new_name);
  }
  return made;
}

bool isIntrinsic(const Value& value) {
  if (!value.isMap() || value.size() != 1) return false;
  const std::string key = value.members().front().first.text;
  return key == "Ref" || key == "Condition" || key.starts_with("Fn::");
}
bool isIntrinsicIf(const Value& value) {
  return value.size() == 1 && value.has("Fn::If");
}
bool isNoValue(const Value& value) {
  return value.size() == 1 && value["Ref"].is("AWS::NoValue");
}

std::optional<std::string> faultInIfArguments(const Value& arguments) {
  if (arguments.isList() && arguments.size() == 3) return std::nullopt;
  return "Fn::If requires 3 arguments";
}

Value logicalIdOf(const Value& value) {
  if (!isIntrinsic(value)) return {};
  if (value["Ref"].isText()) return value["Ref"];
  const Value target = value["Fn::GetAtt"];
  if (target.isList() && target.size() == 2 && target.items()[0].isText()) return target.items()[0];
  if (target.isText()) {
    const std::size_t dot = target.str().find('.');
    if (dot != std::string::npos && target.str().find('.', dot + 1) == std::string::npos) {
      return Text(target.str().substr(0, dot), target.asText().marked);
    }
  }
  return {};
}

std::string shorthand(const Value& value) {
  if (value.has("Ref")) return "${" + value["Ref"].str() + "}";
  std::string joined;
  for (const Value& part : value["Fn::GetAtt"].items()) joined += (joined.empty() ? "" : ".") + part.str();
  return "${" + joined + "}";
}

std::string arnPattern(std::string_view partition, std::string_view service, std::string_view resource,
                       std::string_view account, std::string_view region) {
  std::string arn = "arn:" + std::string(partition) + ":" + std::string(service) + ":" + std::string(region) + ":";
  return arn + std::string(account) + std::string(resource);
}

}  // namespace thimble::lang::sam
