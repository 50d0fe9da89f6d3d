// Sources that are git repositories, cloned by the box's own git.
#pragma once

#include <string>

#include "services/codebuild/runner/build_state.h"

namespace thimble::services::codebuild::runner {

/// "github.com/owner/name" of a repository's address.
std::string repositoryFolder(const std::string& location);

/// Clones into `inside` and checks `version` out (a branch, tag, commit, "refs/..." or empty); returns the commit.
std::string cloneRepository(BuildState& state, const base::Json& source, const std::string& version,
                            const std::string& inside, const std::string& which);

/// The buildspec's git-credential-helper: git in the box has the role's credentials for CodeCommit, and finds AWS's
/// addresses of its repositories here.
void giveGitCredentials(BuildState& state);

}  // namespace thimble::services::codebuild::runner
