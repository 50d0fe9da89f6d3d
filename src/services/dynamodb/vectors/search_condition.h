// The SearchConditionExpression of a SearchVectors: equalities of attributes of the index's SearchSchema, joined by
// AND. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
//
// The developer guide of late 2026 tells of more operators; the API's model and what was recorded of AWS know of these.
#pragma once

#include <vector>

#include "base/result.h"
#include "lang/expression/condition.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

/// One equality. Its parts are the condition's.
struct SearchEquality {
  const lang::expression::Path* path;
  const lang::expression::Value* value;
};

/// Takes a condition apart, in the order of its text; a ValidationException when there is anything else in it.
base::Result<std::vector<SearchEquality>> searchEqualities(const lang::expression::Condition& condition);

/// Checks equalities against the SearchSchema. `given`: there is an expression at all.
base::Result<void> checkSearch(const VectorInfo& index, const std::vector<SearchEquality>& equalities, bool given);

}  // namespace thimble::services::dynamodb
