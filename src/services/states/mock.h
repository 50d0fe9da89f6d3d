// The mocked results of TestState, checked against the shapes of the APIs that they stand for.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/resource.h"

namespace thimble::services::states {

/// STRICT: required fields and all present ones; PRESENT: those that are there; NONE: nothing.
enum class MockValidation { Strict, Present, None };

/// Errors: ValidationException that names the first field that does not fit. Resources without a known shape pass.
base::Result<void> checkMock(const lang::asl::Resource& resource, const base::Json& result, MockValidation mode);

}  // namespace thimble::services::states
