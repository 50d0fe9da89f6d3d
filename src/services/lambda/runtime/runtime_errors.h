// The errors that AWS reports for a function whose runtime failed, as the payload that the invoker receives.
#pragma once

#include <string>

#include "sandbox/box.h"

namespace thimble::services::lambda::runtime {

/// {"errorType": ..., "errorMessage": "RequestId: ... Error: ..."}.
std::string runtimeErrorPayload(const std::string& type, const std::string& request_id, const std::string& message);

/// "Task timed out after 3.00 seconds".
std::string timedOut(double seconds);

/// "Runtime exited with error: exit status 1", "Runtime exited with error: signal: killed", ...
std::string runtimeExited(const sandbox::BoxOutcome& outcome);

}  // namespace thimble::services::lambda::runtime
