// The parameters from before expressions: Expected, QueryFilter, ScanFilter, KeyConditions. Each becomes what the
// expressions become. (AttributeUpdates is in update.h, AttributesToGet in projection.h.)
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/condition.h"

namespace thimble::lang::expression {

/// A ComparisonOperator with its AttributeValueList, checked.
struct LegacyComparison {
  ConditionOperator op = ConditionOperator::Equal;
  std::vector<Value> values;
};

/// A Condition structure in model form.
base::Result<LegacyComparison> readLegacyComparison(const base::Json& condition);

/// Expected, with ConditionalOperator ("AND", "OR" or empty for AND).
base::Result<Condition> readExpected(const base::Json& expected, std::string_view conditional_operator);
/// QueryFilter or ScanFilter.
base::Result<Condition> readFilter(const base::Json& filter, std::string_view conditional_operator);

}  // namespace thimble::lang::expression
