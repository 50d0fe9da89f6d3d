// Gives a value from a template the form that an API shape asks for.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::shapes {
struct Shape;
}

namespace thimble::services::cloudformation {

/// Why a value does not fit.
struct FitError {
  std::string message;
};

/// Templates write numbers and booleans as text, documents as objects where the API wants JSON text, member names with
/// a capital where the API has none, tags as a list of Key and Value where it has a map, and one value where it has a
/// list. A member that the shape has not is "Encountered unsupported property <name>".
base::Result<base::Json, FitError> fitToShape(const base::Json& value, const shapes::Shape& shape);

}  // namespace thimble::services::cloudformation
