// Whether a request to a webhook's URL is genuine, and whether it is to start the pipeline. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codepipeline {

/// Whether "sha1=HEX" or "sha256=HEX" is the body's HMAC under the secret, as GitHub signs.
bool isSignedBy(const std::string& signature, const std::string& secret, const std::string& body);

/// Whether the address lies in the range ("203.0.113.0/24", or one address).
bool isInRange(const std::string& address, const std::string& range);

/// Errors: InvalidWebhookFilterPatternException, ValidationException.
base::Result<void> checkWebhookFilters(const base::Json& filters);

/// Whether all filters hold. "{Branch}" in a filter is that member of the action's configuration.
bool filtersHold(const base::Json& filters, const base::Json& payload, const base::Json& configuration);

}  // namespace thimble::services::codepipeline
