// Calls that bring a record to where a function's owner wants it: a queue, a topic, a function, a bus.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "dispatch/call.h"
#include "services/lambda/names.h"

namespace thimble::services::lambda {

/// Sends `body`, under the function's role. `attributes`: of the message, or null. Nothing when the target is of no
/// such kind.
std::optional<dispatch::Call> destinationCall(const FunctionReference& function, const std::string& role,
                                              const std::string& target, const std::string& body,
                                              const base::Json& attributes);

/// The address of a queue by its ARN's parts.
std::string queueUrl(const std::string& region, const std::string& account, const std::string& name);

}  // namespace thimble::services::lambda
