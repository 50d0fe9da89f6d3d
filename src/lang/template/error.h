// Why a template cannot be used.
#pragma once

#include <string>

#include "base/result.h"

namespace thimble::lang::template_ {

/// AWS's message word for word; the API answers it with the code ValidationError.
struct TemplateError {
  std::string message;
  bool operator==(const TemplateError&) const = default;
};

template <class T>
using Outcome = base::Result<T, TemplateError>;

}  // namespace thimble::lang::template_
