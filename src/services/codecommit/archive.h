// What other services need of a repository beyond AWS's API: internal operations of "thimble.codecommit", called
// through the doorway with the account and region of the repository. They ask for codecommit:GitPull; Archive is
// content with codecommit:UploadArchive, which is what AWS's pipelines need.
//
// Archive: the files of a commit as a zip, without history, the same bytes for the same commit.
//   Input: {"RepositoryName", "CommitId", or "Specifier": a branch, tag or full reference, too; the default branch when
//           both are absent,
//           "Bucket", "Key": when given, the zip is also put there by s3:PutObject, as the caller of this}
//   Output: {"CommitId", "Message", "AuthorName", "AuthorEmail", "AuthorDate", "CommitterDate": milliseconds, "Blob":
//   the
//           zip's name in the blob store, "Size": bytes, "VersionId": of the object, when its bucket has versions}; the
//           zip is the answer's body
// Clone: a working copy with its history, checked out.
//   Input: {"RepositoryName", "CommitId" or "Specifier": as above, "Folder": an absolute path that does not exist yet
//   or is empty,
//           "Depth": commits of history; 0 or absent: all}
//   Output: as Archive's, without Blob, Size and VersionId
// Errors: RepositoryDoesNotExistException, CommitDoesNotExistException, AccessDeniedException, S3's.
#pragma once

#include "dispatch/registry.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

inline constexpr const char* kInternalService = "thimble.codecommit";

void registerArchive(dispatch::Registry& registry, World& world);

}  // namespace thimble::services::codecommit
