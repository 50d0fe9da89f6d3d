// What Jackson, the JSON parser behind Step Functions, says about a text that is not JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thimble::lang::asl {

struct JsonDiagnosis {
  std::string message;  ///< "Unrecognized token 'not': was expecting (JSON String, ...)".
  int line = 1;
  int column = 1;  ///< Both counted from 1.
};

/// Nothing when the text is JSON (as far as this scanner can tell).
std::optional<JsonDiagnosis> diagnoseJson(std::string_view text);

}  // namespace thimble::lang::asl
