#include "lang/expression/request.h"

#include <algorithm>
#include <string>
#include <vector>

namespace thimble::lang::expression {

using base::ApiError;
using base::Json;
using base::Result;

namespace {

bool given(const Json& input, std::string_view parameter) {
  const Json* found = input.find(parameter);
  return found != nullptr && !found->isNull();
}

std::string join(const std::vector<std::string_view>& names, std::string_view separator) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += separator;
    text += name;
  }
  return text;
}

}  // namespace

Result<void, ApiError> checkParameters(const Json& input, std::initializer_list<std::string_view> expressions,
                                       std::initializer_list<std::string_view> others) {
  std::vector<std::string_view> used, mixed, valued;
  bool any_valued = false;
  for (const std::string_view name : expressions) {
    if (given(input, name)) used.push_back(name);
    if (name == "ProjectionExpression") continue;
    valued.push_back(name);
    any_valued = any_valued || given(input, name);
  }
  for (const std::string_view name : others) {
    // KeyConditions may go with a filter or projection expression.
    if (name == "KeyConditions" && !given(input, "KeyConditionExpression")) continue;
    if (given(input, name)) mixed.push_back(name);
  }
  if (!used.empty() && !mixed.empty()) {
    return validationError(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {" +
        join(mixed, ", ") + "} Expression parameters: {" + join(used, ", ") + "}");
  }
  if (given(input, "ExpressionAttributeNames") && used.empty()) {
    return validationError("ExpressionAttributeNames can only be specified when using expressions");
  }
  if (given(input, "ExpressionAttributeValues") && !valued.empty() && !any_valued) {
    return validationError("ExpressionAttributeValues can only be specified when using expressions: " +
                           join(valued, " and ") + (valued.size() > 1 ? " are null" : " is null"));
  }
  return {};
}

Result<Expressions> readExpressions(const Json& input) {
  const auto expressions = {"UpdateExpression", "ConditionExpression",       "KeyConditionExpression",
                            "FilterExpression", "SearchConditionExpression", "ProjectionExpression"};
  if (std::none_of(expressions.begin(), expressions.end(), [&](const char* name) { return given(input, name); })) {
    return Expressions{};
  }
  TRY_ASSIGN(Placeholders placeholders,
             Placeholders::read(input["ExpressionAttributeNames"], input["ExpressionAttributeValues"]));
  Expressions read;
  std::optional<Condition> keys;
  const auto text = [&](std::string_view parameter) -> const std::string* {
    const Json* found = input.find(parameter);
    return found != nullptr && found->isString() ? &found->asString() : nullptr;
  };
  if (const std::string* update = text("UpdateExpression")) {
    TRY_ASSIGN(read.update, Update::parse(*update, placeholders));
  }
  if (const std::string* condition = text("ConditionExpression")) {
    TRY_ASSIGN(read.condition, Condition::parse(ExpressionKind::Condition, *condition, placeholders));
  }
  if (const std::string* key_condition = text("KeyConditionExpression")) {
    TRY_ASSIGN(keys, Condition::parse(ExpressionKind::KeyCondition, *key_condition, placeholders));
  }
  if (const std::string* filter = text("FilterExpression")) {
    TRY_ASSIGN(read.filter, Condition::parse(ExpressionKind::Filter, *filter, placeholders));
  }
  if (const std::string* search = text("SearchConditionExpression")) {
    TRY_ASSIGN(read.search_condition, Condition::parse(ExpressionKind::SearchCondition, *search, placeholders));
  }
  if (const std::string* projection = text("ProjectionExpression")) {
    TRY_ASSIGN(read.projection, Projection::parse(*projection, placeholders));
  }
  TRY(placeholders.checkAllUsed());
  // Whether it is about keys is looked at once all expressions are well formed.
  if (keys) {
    TRY_ASSIGN(read.key_condition, KeyCondition::fromCondition(*keys));
  }
  return read;
}

}  // namespace thimble::lang::expression
