// The operations, by file.
#pragma once

#include "dispatch/registry.h"
#include "services/codestarnotifications/tables.h"

namespace thimble::services::codestarnotifications {

inline constexpr const char* kService = "codestarnotifications";

void registerRules(dispatch::Registry& registry);
void registerSubscriptions(dispatch::Registry& registry);
void registerListings(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);

/// Adds targets that the rule has not. Errors: ValidationException, ConfigurationException.
base::Result<void> addTargets(rows::Rule& rule, const base::Json& targets);
base::Json shownTags(const rows::Rule& rule);
/// `tags`: an object of names and values. Errors: LimitExceededException.
base::Result<void> setTags(rows::Rule& rule, const base::Json& tags);
base::Json shownEventType(const std::string& id);

}  // namespace thimble::services::codestarnotifications
