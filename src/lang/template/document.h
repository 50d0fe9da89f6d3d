// A template's text, JSON or YAML, to one value.
#pragma once

#include <string_view>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// Text that begins with "{" is JSON, all else YAML. What is neither an object nor a map is refused.
Outcome<base::Json> readDocument(std::string_view text);

}  // namespace thimble::lang::template_
