// Bringing a build's sources into its box.
#pragma once

#include <string>

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Makes CODEBUILD_SRC_DIR and the folders of the secondary sources, fetches what belongs there, and sets the
/// variables. Throws PhaseFailure.
void downloadSources(BuildState& state);

/// The buildspec's text: inline, of the source, or of S3. Throws PhaseFailure.
std::string fetchBuildspec(BuildState& state);

/// Where the primary source will be in the box.
std::string chooseSourceFolder(const base::Json& source, platform::Random& random);

/// The bytes of an object. `what`: for the message, "primary source and source version ...".
platform::ByteSourcePointer fetchObject(const BuildState& state, const std::string& bucket, const std::string& key,
                                        const std::string& version, const std::string& what);

}  // namespace thimble::services::codebuild::runner
