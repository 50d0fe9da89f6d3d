// One build from its place in the queue to its end.
#pragma once

#include <optional>

#include "base/json.h"
#include "dispatch/context.h"

namespace thimble::services::codebuild::runner {

class Runner;
class RunControl;

/// Runs the build and gives its result (Builder::start). Nothing when the server stops meanwhile.
std::optional<base::Json> runBuild(Runner& runner, dispatch::AsyncContext& context, const base::Json& document,
                                   RunControl& control);

}  // namespace thimble::services::codebuild::runner
