// What other services need of a connection's repository: internal operations of "thimble.codeconnections", called
// through the doorway. They ask for codeconnections:UseConnection or codestar-connections:UseConnection on the
// connection. All take {"ConnectionArn", "FullRepositoryId"}; or, for GitHub without a connection, {"Token", "Purpose":
// when the token is sealed, in base64, "Server": another server, as the value of the tag in repository_url.h,
// "FullRepositoryId"}.
//
// References: what the remote has.
//   Output: {"References": {"refs/heads/main": commit, "refs/tags/v1": commit, ...}}; a tag object is its commit
// Archive: a commit as a zip in S3, put there as the caller.
//   Input: {"Reference": "refs/heads/main", "CommitId" (instead; one that the remote lets be fetched), "Bucket", "Key",
//           "WithHistory": true for a working copy with its .git folder}
//   Output: {"CommitId", "Message", "AuthorName", "AuthorEmail", "AuthorDate",
//           "CommitterDate": milliseconds}
// ChangedFiles: Input: {"From", "To": commits}; without "From" all files of "To". Output: {"Files": [path]}
// PullRequests: those of a repository that this server's own CodeCommit has; no git server tells of them by git's
// protocol. Input: nothing more; only of connections. Output: as of thimble.codecommit's PullRequests.
// Errors: NotImplemented for a repository elsewhere, RepositoryDoesNotExistException, and the first four below.
//
// Errors: ResourceNotFoundException, AccessDeniedException, ConfigurationError, AddressForbidden, ConnectionFailed,
// SourceError (git's words), S3's.
#pragma once

#include "dispatch/registry.h"
#include "platform/process.h"
#include "services/codeconnections/service.h"

namespace thimble::services::codeconnections {

inline constexpr const char* kInternalService = "thimble.codeconnections";

/// Both are borrowed.
void registerRepositoryOperations(dispatch::Registry& registry, const Settings& settings,
                                  platform::ProcessRunner& runner);

}  // namespace thimble::services::codeconnections
