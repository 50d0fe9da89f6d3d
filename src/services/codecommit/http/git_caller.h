// Who a request of git's comes from: HTTP Basic with an access key and a signature (AWS's credential helper), or with a
// user's own credentials for CodeCommit, or on this machine with any.
#pragma once

#include <optional>
#include <string>

#include "dispatch/identity.h"
#include "services/codecommit/world.h"
#include "wire/http/message.h"

namespace thimble::services::codecommit {

struct GitCaller {
  dispatch::Identity identity;
  std::string region;  ///< Of a signature that was verified; empty: not known.
};

/// Why a request is refused.
struct GitRefusal {
  int status = 401;  ///< 401: credentials are asked for. 403: they are wrong.
  std::string message;
};

/// `path` is the repository's, as the client signed it: "/v1/repos/NAME"; `name` is the repository's.
base::Result<GitCaller, GitRefusal> findGitCaller(const World& world, store::Transaction& transaction,
                                                  const wire::http::HttpRequest& head, const std::string& path,
                                                  const std::string& name);

/// The region that the request's host names ("git-codecommit.eu-west-1.amazonaws.com"), or empty.
std::string regionOfHost(const wire::http::HttpRequest& head);

}  // namespace thimble::services::codecommit
