// Starting a build: the project with its overrides becomes a Build and what its run needs.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"

namespace thimble::services::codebuild {

/// Starts a build of a project. `input` is a StartBuildInput. `extra`: members that are put into the Build
/// ("buildBatchArn", say) and, under "Internal", into its document. Returns the document of the new build:
/// {"Build", "Account", "Region", "Project": the project with the overrides in it, "Internal": {...}}.
base::Result<base::Json> startBuild(dispatch::Context& context, const base::Json& input,
                                    const base::Json& extra = base::Json::object());

/// Puts the overrides of a StartBuildInput or StartBuildBatchInput into a Project.
base::Json applyOverrides(base::Json project, const base::Json& input);

/// Who started it, as AWS shows it: a user's name, ROLE/SESSION, "codepipeline/NAME".
std::string initiatorOf(const dispatch::Context& context);

}  // namespace thimble::services::codebuild
