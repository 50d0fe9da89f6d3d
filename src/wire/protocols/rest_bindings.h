// Members that travel in an HTTP message's path, query string, headers and status (REST-JSON and REST-XML).
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "wire/protocols/protocol.h"

namespace thimble::wire::protocols {

/// Sets the members of `input` that stand outside of the body.
base::Result<void> readRequestBindings(const shapes::Operation& operation, const RequestParts& request,
                                       base::Json& input);
/// Fills method, target and headers.
void writeRequestBindings(const shapes::Operation& operation, const base::Json& input, OutgoingRequest& request);

/// Adds the headers, and sets the status where a member is the status.
void writeResponseBindings(const shapes::Shape& output_shape, const base::Json& output, ResponseParts& response);
base::Result<void> readResponseBindings(const shapes::Shape& output_shape, const ResponseParts& response,
                                        base::Json& output);

}  // namespace thimble::wire::protocols
