// How large a value would be as text, found without writing it.
#pragma once

#include <cstddef>

#include "base/json.h"

namespace thimble::lang::asl {

/// False when the value's text would surely be longer than `bytes`, or its arrays and objects nest deeper than `depth`.
/// Stops as soon as that is clear. (True for a text that only its escapes make longer.)
bool withinLimits(const base::Json& value, std::size_t bytes, int depth);

}  // namespace thimble::lang::asl
