// What other services need of a repository beyond AWS's API: an internal operation of "thimble.codecommit", called
// through the doorway with the account and region of the repository. It asks for codecommit:UploadArchive, which is
// what AWS's pipelines need, or codecommit:GitPull.
//
// Archive: the files of a commit as a zip, the same bytes for the same commit; or a whole clone, checked out.
//   Input: {"RepositoryName", "CommitId", or "Specifier": a branch, tag or full reference, too; the default branch when
//           both are absent,
//           "Bucket", "Key": when given, the zip is also put there by s3:PutObject, as the caller of this,
//           "WithHistory": true for a clone with ".git", "Branch": then checked out as this branch; else detached}
//   Output: {"CommitId", "Message", "AuthorName", "AuthorEmail", "AuthorDate", "CommitterDate": milliseconds, "Blob":
//           without history, the zip's name in the blob store, "Size": bytes, "VersionId": of the object, when its
//           bucket has versions}; the zip is the answer's body
// Errors: RepositoryDoesNotExistException, CommitDoesNotExistException, AccessDeniedException, S3's.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

inline constexpr const char* kInternalService = "thimble.codecommit";

void registerArchive(dispatch::Registry& registry, World& world);

}  // namespace thimble::services::codecommit
