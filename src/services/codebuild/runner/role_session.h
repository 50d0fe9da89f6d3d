// The credentials of a build's service role, for what runs in its box.
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Assumes the role and sets the variables in which AWS's tools find its credentials, and AWS's API. Throws
/// PhaseFailure.
void issueCredentials(BuildState& state);

}  // namespace thimble::services::codebuild::runner
