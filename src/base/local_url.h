// Addresses of deployed APIs and of git repositories, from AWS's form to where they are here.
#pragma once

#include <string>

namespace thimble::base {

/// "https://<id>.execute-api.<region>.amazonaws.com/<stage>/..." as a whole value becomes
/// "<endpoint>/restapis/<id>/<stage>/_user_request_/...", and
/// "https://git-codecommit.<region>.amazonaws.com/v1/repos/..."
/// "<endpoint>/v1/repos/..."; all else stays. An empty endpoint changes nothing.
std::string localUrl(const std::string& value, const std::string& endpoint);

}  // namespace thimble::base
