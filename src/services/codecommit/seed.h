// The first commit of a repository that a template gives code to: the internal operation "thimble.codecommit" "Seed".
//   Input: {"RepositoryName", "Bucket", "Key", "VersionId", "BranchName": "main" when absent}
// The zip is fetched as the caller; its files become one commit. A repository that has the branch is left as it is, so
// that it may be asked twice. Errors: S3's; InvalidRequest when the object is no zip of files that git would take.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

void registerSeed(dispatch::Registry& registry, World& world);

}  // namespace thimble::services::codecommit
