// Which git URL a repository of a connection has. Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "services/codeconnections/codeconnections.pb.h"

namespace thimble::services::codeconnections {

/// A connection with this tag stands for the git server at its value: "{FullRepositoryId}" and "{Name}" (what follows
/// the last "/" of that) are filled in; a value without them is what stands before "/OWNER/REPO.git".
inline constexpr const char* kUrlTag = "thimble:git-url";

/// The tag's URL, else the host's endpoint, else the provider's own server. `host_endpoint` is empty without a host.
/// Errors: ConfigurationError for a repository id or URL that is none, or a provider without an address of its own.
base::Result<std::string> repositoryUrl(const rows::Connection& connection, const std::string& host_endpoint,
                                        const std::string& full_repository_id);

/// Of a repository of GitHub that is read by a token and no connection. `server`: as the tag's value; empty: GitHub's
/// own.
base::Result<std::string> repositoryUrlByToken(const std::string& server, const std::string& token,
                                               const std::string& full_repository_id);

/// The repository of CodeCommit that a URL names when its server is this one ("/v1/repos/NAME"), or empty.
std::string codecommitName(const std::string& url);

}  // namespace thimble::services::codeconnections
