// An AWS API error as a value: what a client receives as an error response.
#pragma once

#include <string>

#include "base/json.h"

namespace thimble::base {

/// Made by a named maker beside the service that answers it (for example `resourceNotFound(...)`); one place in
/// wire/ turns it into the protocol's form.
struct ApiError {
  std::string code;       ///< AWS's error code, for example "ValidationException" or "NoSuchBucket".
  std::string message;    ///< What the user reads. Word for word AWS's where AWS has one.
  int http_status = 400;  ///< HTTP status code of the answer.
  Json details = Json();  ///< Further members of the error's shape (object), or null when there are none.

  bool senderFault() const { return http_status < 500; }
  bool operator==(const ApiError&) const = default;
};

}  // namespace thimble::base
