// Checks inputs against the constraints of their shapes, and answers in AWS's words.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "wire/shapes/model.h"

namespace thimble::shapes {

/// Success, or the service's validation error that names every member that breaks a constraint:
/// "1 validation error detected: Value 'x y' at 'name' failed to satisfy constraint: Member must satisfy regular
/// expression pattern: [a-z]+". Kinds are not checked here but where the wire form is read. An operation whose service
/// checks itself (operations.json: "validate": false) always passes.
base::Result<void> validate(const Operation& operation, const base::Json& input);

/// A value as such an error shows it, in the way of Java's toString: "[Tag(key=a, value=null)]".
std::string javaText(const Shape& shape, const base::Json& value);

}  // namespace thimble::shapes
