// The shapes of intrinsic functions' arguments, checked before anything is evaluated.
#pragma once

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// Every function within has arguments of the right number and kind.
Outcome<void> checkFunctionShapes(const base::Json& value);

/// Every Fn::If within names one of the conditions (the template's Conditions section, or null).
Outcome<void> checkIfConditions(const base::Json& value, const base::Json& conditions);

}  // namespace thimble::lang::template_
