// Outgoing HTTP requests as an internal operation, so that durable processes can make them as tasks.
#pragma once

#include "dispatch/registry.h"
#include "wire/http/client.h"

namespace thimble::app {

/// Registers "thimble.http" "Send". Input: {"Method", "Url", "Headers": {name: value}, "Body", "TimeoutMilliseconds"
/// (default 30,000)}. Output: {"Status", "Headers": {lower-case name: value}, "Body"}; any status is an answer. The
/// error's code is the kind of failure: ConnectionFailed, TimedOut, AddressForbidden, BadRequest.
void registerOutgoingHttp(dispatch::Registry& registry, wire::http::Client& client);

}  // namespace thimble::app
