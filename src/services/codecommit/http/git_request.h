// What a request of git's asks for, read from its method, path and query.
// https://git-scm.com/docs/http-protocol
#pragma once

#include <optional>
#include <string>

#include "wire/http/message.h"

namespace thimble::services::codecommit {

struct GitRequest {
  enum class Kind {
    Advertise,  ///< GET .../info/refs?service=...
    Fetch,      ///< POST .../git-upload-pack
    Push,       ///< POST .../git-receive-pack
  };
  Kind kind = Kind::Advertise;
  bool writes = false;     ///< git-receive-pack's: needs codecommit:GitPush, not GitPull.
  std::string repository;  ///< The name, without ".git".
  std::string path;        ///< "/v1/repos/NAME" as it was sent.
};

/// Nothing when it is none of these.
std::optional<GitRequest> readGitRequest(const wire::http::HttpRequest& head);

}  // namespace thimble::services::codecommit
