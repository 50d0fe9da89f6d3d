// Finding files by patterns and sending them, with the rights of the build itself: whatever a link leads to, the build
// could have read.
#pragma once

#include "services/codebuild/agent/protocol.h"

namespace thimble::services::codebuild::agent {

/// Sends what was found, and End.
void collect(int socket, const CollectRequest& request);

}  // namespace thimble::services::codebuild::agent
