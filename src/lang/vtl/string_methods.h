// The methods of java.lang.String. Internal to lang/vtl.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/vtl/value.h"

namespace thimble::lang::vtl {

/// text.name(arguments). Positions and lengths count UTF-16 units, as Java's do. Regular expressions are RE2's, which
/// has no lookaround and no backreferences; one that it refuses fails the heap, as one that Java refuses throws.
Value callString(Heap& heap, const std::string& text, std::string_view name, const std::vector<Value>& arguments);

}  // namespace thimble::lang::vtl
