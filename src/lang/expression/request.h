// The expressions of one request, read together in DynamoDB's order.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/condition.h"
#include "lang/expression/key_condition.h"
#include "lang/expression/projection.h"
#include "lang/expression/update.h"

namespace thimble::lang::expression {

struct Expressions {
  std::optional<Update> update;
  std::optional<Condition> condition;
  std::optional<KeyCondition> key_condition;
  std::optional<Condition> filter;
  std::optional<Condition> search_condition;
  std::optional<Projection> projection;
};

/// Refuses a request that mixes expressions with the older parameters, or has placeholders without expressions.
/// `expressions` and `others` are the operation's parameters in the order in which errors list them. A first check,
/// before that of any value.
base::Result<void, base::ApiError> checkParameters(const base::Json& input,
                                                   std::initializer_list<std::string_view> expressions,
                                                   std::initializer_list<std::string_view> others);

/// Reads UpdateExpression, ConditionExpression, KeyConditionExpression, FilterExpression, SearchConditionExpression and
/// ProjectionExpression, as far as the input has them, with their placeholders, which nobody looks at where there is no
/// expression. A last check, after that of keys, items and older parameters.
base::Result<Expressions> readExpressions(const base::Json& input);

}  // namespace thimble::lang::expression
