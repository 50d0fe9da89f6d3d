// YAML text to a value, as CloudFormation reads it.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// Bounds on a template's text.
struct YamlLimits {
  std::size_t max_bytes = std::size_t{4} << 20;
  std::size_t max_depth = 200;       ///< Nested maps and sequences.
  std::size_t max_values = 500'000;  ///< Scalars, maps and sequences together.
};

/// Reads one YAML 1.1 document. Short forms become functions: `!Ref X` is {"Ref": "X"}, `!GetAtt A.B` is
/// {"Fn::GetAtt": ["A", "B"]}, any other `!F X` is {"Fn::F": X}. Aliases are refused, as CloudFormation does. Numbers
/// whose text would not survive (1.10, integers beyond 64 bits) stay strings. Errors carry line and column.
Outcome<base::Json> readYaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace thimble::lang::template_
