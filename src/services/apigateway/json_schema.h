// Checks a value against a JSON schema, draft 4, as request validators do with models.
// https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
#pragma once

#include <functional>
#include <string_view>

#include "base/json.h"

namespace thimble::services::apigateway {

/// The schema that a "$ref" names, or nullptr; references within the schema ("#/...") are followed without asking.
using SchemaLookup = std::function<const base::Json*(std::string_view reference)>;

/// Keywords that draft 4 does not have are not looked at. False also when it takes more than 100,000 steps or nests
/// beyond 64, and when a reference leads nowhere.
bool matchesSchema(const base::Json& value, const base::Json& schema, const SchemaLookup& lookup);

}  // namespace thimble::services::apigateway
