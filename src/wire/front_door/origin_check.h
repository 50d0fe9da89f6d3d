// Keeps web pages away from the control APIs: a page of a foreign origin, and a name rebound to this machine.
#pragma once

#include <string>
#include <vector>

#include "wire/http/headers.h"

namespace thimble::wire {

/// True when the Host header names this machine: localhost, a name below it, a loopback address, or one of `names`. An
/// absent Host is fine (HTTP/1.0 tools); a browser always sends one.
bool hostIsOurs(const http::Headers& headers, const std::vector<std::string>& names);

/// True when there is no Origin header, or when it names this machine.
bool originIsOurs(const http::Headers& headers, const std::vector<std::string>& names);

}  // namespace thimble::wire
