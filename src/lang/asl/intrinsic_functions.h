// The functions behind the calls: values in, value out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/environment.h"

namespace thimble::lang::asl {

/// Least and most arguments of a function; `most` is -1 for an unknown name.
struct Arity {
  int least = 0;
  int most = -1;
};

struct IntrinsicError {
  std::string message;
};

/// `name` is without "States.".
Arity intrinsicArity(std::string_view name);

/// `escaped_template`: the first argument is a literal, in which States.Format's braces may be escaped.
base::Result<base::Json, IntrinsicError> callIntrinsic(std::string_view name, const std::vector<base::Json>& arguments,
                                                       bool escaped_template, Entropy& entropy);

}  // namespace thimble::lang::asl
