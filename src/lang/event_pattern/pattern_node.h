// A compiled pattern.
#pragma once

#include <string>
#include <vector>

#include "lang/event_pattern/value_matcher.h"

namespace thimble::lang::event_pattern {

/// An object of a pattern: all its fields, and of each $or one branch, have to match.
struct PatternNode {
  struct Field {
    std::string name;
    std::vector<ValueMatcher> tests;  ///< One has to pass; empty: `inner` has to match.
    std::vector<PatternNode> inner;   ///< None or one.
  };
  std::vector<Field> fields;
  std::vector<std::vector<PatternNode>> alternatives;
};

}  // namespace thimble::lang::event_pattern
