// A project's cache: folders of an earlier build, kept on this machine or in S3.
// https://docs.aws.amazon.com/codebuild/latest/userguide/build-caching.html
#pragma once

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// Puts what the cache holds into the box, before the first command. A cache that cannot be read is a line in the log.
void restoreCache(BuildState& state);
/// Keeps the buildspec's cache paths; as above.
void saveCache(BuildState& state);

}  // namespace thimble::services::codebuild::runner
