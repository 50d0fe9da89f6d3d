// Errors as a client reads them.
#pragma once

#include "base/api_error.h"
#include "wire/protocols/protocol.h"

namespace thimble::wire::protocols {

/// The error in an answer whose status says that there is one; its code is the status where the body names none.
base::ApiError readError(const shapes::Operation& operation, const ResponseParts& response);

}  // namespace thimble::wire::protocols
