// The reports that a build has written, read out of its box.
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Reads the buildspec's reports into the result: a list of {"Id", "Group", "Type", "Cases", "Truncated"}, and exports
/// their files where the group asks for it. A report without
/// files, or with one that is not of its format, is a line in the log.
base::Json collectReports(BuildState& state);

}  // namespace thimble::services::codebuild::runner
