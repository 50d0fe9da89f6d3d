// Keeps web pages away from what this machine's programs may do: a page of a foreign origin, and a name rebound to this
// machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/http/headers.h"

namespace thimble::wire {

/// True when the Host header names this machine: localhost, a name below it, a loopback address, one of `names`, or an
/// endpoint of AWS, which clients keep when they are led here by a proxy or a hosts file (names that AWS's customers
/// can get, such as those of instances and load balancers, are not endpoints). An absent Host is fine (HTTP/1.0 tools);
/// a browser always sends one.
bool hostIsOurs(const http::Headers& headers, const std::vector<std::string>& names);

/// True when there is no Origin header, when it names this machine, and when no browser writes one like it.
bool originIsOurs(const http::Headers& headers, const std::vector<std::string>& names);

/// True when a browser says that a page of another site made it send this (an image, a script, a form, a link). Such
/// requests may come without Origin. https://www.w3.org/TR/fetch-metadata/
bool sentByForeignPage(const http::Headers& headers);

/// The same, but where a person followed a link there, rather than a page having loaded something.
bool isNavigation(const http::Headers& headers);

}  // namespace thimble::wire
