// The address that git is to connect to for a URL, looked at under the server's policy for outgoing connections. Git is
// then told to use that very address, so that a name which changes meanwhile leads nowhere else.
#pragma once

#include <string>

#include "base/result.h"
#include "wire/http/address_policy.h"

namespace thimble::services::codeconnections {

/// "HOST:PORT:ADDRESS", as git's http.curloptResolve takes it. Resolves names, so it blocks.
/// Errors: ConfigurationError for no http URL, ConnectionFailed for an unknown host, AddressForbidden.
base::Result<std::string> pinnedAddress(const std::string& url, const wire::http::AddressPolicy& policy);

}  // namespace thimble::services::codeconnections
