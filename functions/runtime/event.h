// Reading an event's members with errors that name them.
#pragma once

#include <string>

#include "base/json.h"
#include "functions/runtime/function.h"

namespace thimble::function {

/// The text member of that name; an Error of type InvalidInput when it is missing, empty or no text.
inline std::string requiredText(const base::Json& event, const std::string& name) {
  const base::Json* value = event.find(name);
  if (value == nullptr || !value->isString() || value->asString().empty()) {
    throw Error("InvalidInput", "the event needs the text '" + name + "'");
  }
  return value->asString();
}

}  // namespace thimble::function
