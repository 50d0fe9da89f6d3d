// The checks that need only the template's text: what ValidateTemplate, CreateStack and CreateChangeSet say first.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// Checks the structure of a whole template: its sections, the shape of each parameter, mapping, condition, resource,
/// rule and output, the arguments of functions, and that every reference has its target. For a template that a
/// transform will rewrite, `before_transform` leaves out what only its result can satisfy (references, resource types).
Outcome<void> validateTemplate(const base::Json& document, bool before_transform = false);

/// Names of the transforms that the whole template asks for, in order of application.
Outcome<std::vector<std::string>> declaredTransforms(const base::Json& document);

}  // namespace thimble::lang::template_
