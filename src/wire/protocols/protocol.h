// AWS's protocols: an operation's input and output as model values to and from the parts of HTTP messages.
//
// One set of functions for JSON 1.0 and 1.1, Query, REST-JSON and REST-XML; which one is meant stands in the service's
// table. Model values are described in wire/shapes/README.md. Streaming payloads (S3's Body) never pass through here:
// they stay beside the model value. Sources: https://smithy.io/2.0/aws/protocols/index.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "wire/http/headers.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

/// Names with values, decoded, in the order of the message; a name may stand there twice.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The parts of a request that hold an operation's input.
struct RequestParts {
  Parameters path;   ///< Labels of the operation's URI template with their values ("Key" for "{Key+}").
  Parameters query;  ///< The query string's.
  http::Headers headers;
  std::string body;  ///< Empty when the payload is streamed.
};

struct ResponseParts {
  int status = 200;
  http::Headers headers;  ///< Content-Type among them, not Content-Length.
  std::string body;
};

/// A request to be sent; not signed yet.
struct OutgoingRequest {
  std::string method;
  std::string target;  ///< Path and query, percent-encoded.
  http::Headers headers;
  std::string body;
};

/// Services that AWS moved from the query protocol to JSON still answer clients that speak the former.
enum class Spoken {
  Own,    ///< The protocol of the service's table.
  Query,  ///< The query protocol, by the names that it has in query_compatible.h.
};
bool speaksQueryToo(const shapes::Service& service);

/// The member of the input (output) that is a streamed payload, or nullptr.
const shapes::Member* streamedInput(const shapes::Operation& operation);
const shapes::Member* streamedOutput(const shapes::Operation& operation);

/// The input as a model value. The error is what the service answers to a request that it cannot read
/// (SerializationException and its kin); constraints are not checked here.
base::Result<base::Json> parseRequest(const shapes::Operation& operation, const RequestParts& request,
                                      Spoken spoken = Spoken::Own);

/// The answer to a call that succeeded. `http_status` 0: as the model says.
ResponseParts writeResponse(const shapes::Operation& operation, const base::Json& output, std::string_view request_id,
                            int http_status = 0, Spoken spoken = Spoken::Own);

/// The answer to a call that failed. `operation` may be nullptr where none was found.
ResponseParts writeError(const shapes::Service& service, const shapes::Operation* operation,
                         const base::ApiError& error, std::string_view request_id, Spoken spoken = Spoken::Own);
/// The same for a service without tables.
ResponseParts writeError(shapes::Protocol protocol, const base::ApiError& error, std::string_view request_id);

/// The client's side: the request for an input. A streamed payload that is a string of the input becomes the body.
OutgoingRequest writeRequest(const shapes::Operation& operation, const base::Json& input);

/// The client's side: the output, or the error that the service answered. A streamed payload is left out.
base::Result<base::Json> parseResponse(const shapes::Operation& operation, const ResponseParts& response);

/// The parameters of a query string or of a form's body. Broken escapes are taken as they stand.
Parameters parseParameters(std::string_view text);

}  // namespace thimble::wire::protocols
