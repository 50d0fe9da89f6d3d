// Tests of the deployed restaurant service through its address, as any client would use it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace restaurants {

using Json = thimble::base::Json;

struct Reply {
  int status = 0;
  std::string body;
};

/// Sends a request to the service. `path` begins with "/"; an empty body sends none. May throw std::exception.
using Send = std::function<Reply(const std::string& method, const std::string& path, const std::string& body)>;

struct Report {
  std::vector<std::string> passed;     ///< The steps that did as they should, in order.
  std::optional<std::string> failure;  ///< The first that did not: what was sent, expected and answered.
};

/// Runs all steps until one fails. `tag` makes the names of this run its own: small letters, digits and hyphens.
Report testApi(const Send& send, const std::string& tag);

}  // namespace restaurants
