// Running a phase of a buildspec: its commands, what is done again, and what is done in any case.
#pragma once

#include <optional>

#include "services/codebuild/build_phases.h"
#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Runs the commands of a phase as its on-failure says, and those under `finally`. Gives why it failed, or nothing.
std::optional<PhaseContext> runPhaseCommands(BuildState& state, const lang::buildspec::Phase& phase);

/// Notes the values that the exported variables have now.
void exportVariables(BuildState& state);

}  // namespace thimble::services::codebuild::runner
