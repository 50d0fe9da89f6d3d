// Checks of inputs against the constraints of their members, in the order in which DynamoDB reports them.
//
// DynamoDB's constraints are not those of its published model: it reports at most ten, in an order of its own, and
// checks names of tables before all else. The rules are data; rules_table.cpp holds them and says how they are read.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::dynamodb {

/// Success, or the ValidationException that names what is wrong with the input (a model value) of an operation that
/// has rules. An operation without rules passes.
base::Result<void> checkRules(std::string_view operation, const base::Json& input);

/// The rules' text.
std::string_view rulesText();

}  // namespace thimble::services::dynamodb
