// Starting a build: the project with its overrides becomes a Build and what its run needs.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

/// What a new build is put into: the transaction of an operation, or of a process.
struct BuildStart {
  Place place;
  store::Transaction& transaction;
  platform::Random& random;
  base::Timestamp now;
  std::string initiator;
  std::function<void(const dispatch::ProcessReference&)> start;  ///< Starts a durable process in the transaction.
};
BuildStart buildStart(dispatch::Context& context);

/// Starts a build, of a project that is there or of none. `project`: with the overrides and defaults in it, checked.
/// `input`: the StartBuildInput with which RetryBuild does it again. `extra`: members that are put into the Build
/// ("buildBatchArn", say) and, under "Internal", into its document. Returns the document, as below.
base::Json addBuildOf(const BuildStart& start, base::Json project, const base::Json& input,
                      const base::Json& extra = base::Json::object());

/// Starts a build of a project. `input` is a StartBuildInput. Returns the document of the new build: {"Build",
/// "Account", "Region", "Project": the project with the overrides in it, "Internal": {"Input", "CacheGeneration", and
/// what was given}}.
base::Result<base::Json> startBuild(dispatch::Context& context, const base::Json& input);

/// Puts the overrides of a StartBuildInput or StartBuildBatchInput into a Project.
base::Json applyOverrides(base::Json project, const base::Json& input);

/// Who started it, as AWS shows it: a user's name, ROLE/SESSION, "codepipeline/NAME".
std::string initiatorOf(const dispatch::Context& context);

}  // namespace thimble::services::codebuild
