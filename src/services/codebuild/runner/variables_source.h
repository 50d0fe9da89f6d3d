// Variables whose values are elsewhere: in the parameter store, or in Secrets Manager.
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Sets the project's variables (with the overrides), then the buildspec's where the project has none of the name.
/// Values that came from elsewhere are masked in the log. Throws PhaseFailure.
void setProjectVariables(BuildState& state);
void setBuildspecVariables(BuildState& state);

}  // namespace thimble::services::codebuild::runner
