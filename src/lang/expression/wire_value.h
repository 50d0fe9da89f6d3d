// Attribute values as JSON outside: on the wire, in streams' events and in files, bytes are base64. In the model's form
// (Value::fromJson, toJson) they are themselves.
#pragma once

#include <optional>

#include "base/json.h"

namespace thimble::lang::expression {

/// Attributes in the model's form as JSON for outside.
base::Json toWire(const base::Json& item);

/// The other way; nothing when that is not attributes with a value each. Whether the values are right is for
/// Item::fromJson to say.
std::optional<base::Json> fromWire(const base::Json& item);

}  // namespace thimble::lang::expression
