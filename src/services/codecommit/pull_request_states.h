// How the pull requests of a repository are, for those who look at them again and again: the internal operation
// "PullRequests" of "thimble.codecommit", called through the doorway by whoever may read the repository anyhow.
//   Input: {"RepositoryName", "Region": where it is; absent: in the only region of the account that has one}
//   Output: {"PullRequests": {"12": {"Open": true, "Commit": the source's, "Base": merge base or destination's commit,
//           "Source": "refs/heads/...", "Destination": "refs/heads/..."}}}; the 1000 newest
// Errors: RepositoryDoesNotExistException.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

void registerPullRequestStates(dispatch::Registry& registry, World& world);

}  // namespace thimble::services::codecommit
