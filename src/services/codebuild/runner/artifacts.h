// Taking a build's artifacts out of its box and into S3.
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Uploads the artifacts that project and buildspec name, and notes where they are in the Build. Throws PhaseFailure.
void uploadArtifacts(BuildState& state);

/// Where an artifact belongs: "key" of a zip, or the folder of its files. `name`: the expanded name of the buildspec,
/// where the project lets it override its own.
std::string artifactKey(const base::Json& artifacts, const std::string& build_id, const std::string& name);

}  // namespace thimble::services::codebuild::runner
