// ClientRequestToken of transactions: the same request with the same token is done once within ten minutes.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/context.h"

namespace thimble::services::dynamodb {

/// Whether the token was used before for the same request (true) or never (false, and then it is remembered); false
/// without a token. `content` is what makes two requests the same. IdempotentParameterMismatchException when the token
/// was used for another.
base::Result<bool> checkToken(dispatch::Context& context, const std::string& token, const std::string& content);

}  // namespace thimble::services::dynamodb
