// Reads the text of a pattern.
#pragma once

#include <string_view>

#include "base/result.h"
#include "lang/event_pattern/pattern.h"
#include "lang/event_pattern/pattern_node.h"

namespace thimble::lang::event_pattern {

base::Result<PatternNode, PatternError> parsePattern(std::string_view text);

}  // namespace thimble::lang::event_pattern
