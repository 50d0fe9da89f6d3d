// The checks of a pipeline's structure.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
#pragma once

#include <functional>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codepipeline {

/// The ActionType of an id, or null.
using FindActionType = std::function<base::Json(const base::Json& id)>;

/// Errors: InvalidStructureException, InvalidStageDeclarationException, InvalidActionDeclarationException,
/// ValidationException.
base::Result<void> checkStructure(const base::Json& declaration, const std::string& region, const FindActionType& find);

}  // namespace thimble::services::codepipeline
