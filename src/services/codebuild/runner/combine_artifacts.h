// The artifacts of a batch's builds made one, where the project asks for it.
#pragma once

#include "base/json.h"
#include "dispatch/call.h"
#include "dispatch/context.h"

namespace thimble::services::codebuild::runner {

class Runner;

/// Puts the combined archive, as the build's service role; gives the BuildBatch's artifacts. A file that several builds
/// have is that of the last build.
dispatch::CallOutcome combineArtifacts(Runner& runner, dispatch::AsyncContext& context, const base::Json& document);

}  // namespace thimble::services::codebuild::runner
