// A buildspec's runtime-versions, found among what this machine has.
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Puts each wanted runtime in front of the PATH. Throws PhaseFailure for one that is not here, with those that are.
void selectRuntimes(BuildState& state);

}  // namespace thimble::services::codebuild::runner
