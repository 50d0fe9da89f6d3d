// The HTTP request that an API destination is called with. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace thimble::services::events {

struct ApiCall {
  std::string endpoint, method;
  base::Json authorization;  ///< AuthParameters, with their secrets.
  std::string access_token;  ///< Of OAuth; empty: none.
  base::Json parameters;     ///< The target's HttpParameters, or null.
  std::string body;          ///< What the target gets.
};

/// The input of "thimble.http" "Send".
base::Json apiRequest(const ApiCall& call);
/// The same, which asks OAuth's authorization endpoint for a token.
base::Json tokenRequest(const base::Json& oauth_parameters);

}  // namespace thimble::services::events
