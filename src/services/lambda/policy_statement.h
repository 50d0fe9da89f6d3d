// Statements of resource policies as AddPermission and AddLayerVersionPermission make them. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::lambda {

/// The statement that AddPermission's input stands for.
base::Result<base::Json> permissionStatement(const base::Json& input, const std::string& resource);
/// Appends to a policy (null: a new one); its id must be new.
base::Result<void> addStatement(base::Json& policy, const base::Json& statement);
/// False when there is none of that id.
bool removeStatement(base::Json& policy, const std::string& id);

}  // namespace thimble::services::lambda
