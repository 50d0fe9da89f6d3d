// Filter policies: which messages a subscription wants. Pure.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::sns {

/// Checks a policy's text; the error is SNS's InvalidParameter with its reason. `body_scope`: keys may nest.
base::Result<base::Json> parseFilterPolicy(const std::string& text, bool body_scope);

/// What SNS, whose parser is Jackson, says of a text that is not JSON.
std::string diagnosis(const std::string& text);

/// Scope MessageAttributes: `attributes` is {name: {"Type", "Value"}}. Every key of the policy must match.
bool attributesMatch(const base::Json& policy, const base::Json& attributes);

/// Scope MessageBody: the body must be JSON that matches.
bool bodyMatches(const base::Json& policy, const std::string& body);

}  // namespace thimble::services::sns
