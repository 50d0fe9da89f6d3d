// The check of Resource and NotResource elements, and the two ways of reading lists that the checks share.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace thimble::lang::policy {

/// What is wrong with the resources: the old parser fails, or the first message that names a resource.
struct ResourceCheck {
  bool legacy_failure = false;
  std::string message;
};
ResourceCheck checkResources(const std::vector<base::Json>& statements);

/// The Statement element as a list; one object is a list of one.
std::vector<base::Json> statementsOf(const base::Json& document);
/// A string or a list of strings as a list; what is no string is left out.
std::vector<std::string> textsOf(const base::Json* json);

}  // namespace thimble::lang::policy
