// What HTTP and WebSocket APIs share: custom domains and authorizers' permissions.
#pragma once

#include <string>

#include "lang/sam/context.h"
#include "lang/sam/properties.h"
#include "lang/sam/resource.h"

namespace thimble::lang::sam {

/// The domain name, its mappings and its records. `created_by` is the tag that marks it as made by SAM.
Resources makeApiV2Domain(Context& context, const Macro& macro, const char* created_by);

ResourcePointer makeApiV2AuthorizerPermission(const Macro& macro, const Text& id, const Value& function_arn);

}  // namespace thimble::lang::sam
