// The AWS::LanguageExtensions transform: Fn::ForEach. (Fn::Length and Fn::ToJsonString are plain functions,
// evaluate.h.)
#pragma once

#include "base/json.h"
#include "lang/template/error.h"
#include "lang/template/evaluate.h"

namespace thimble::lang::template_ {

/// The document with every Fn::ForEach loop written out. Lists may come from parameters and mappings.
Outcome<base::Json> expandLanguageExtensions(const base::Json& document, const Scope& scope);

}  // namespace thimble::lang::template_
