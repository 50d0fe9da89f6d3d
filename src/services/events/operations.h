// Registration, one function a file of operations.
#pragma once

#include "dispatch/registry.h"
#include "services/events/pattern_cache.h"

namespace thimble::services::events {

void registerBuses(dispatch::Registry& registry);
void registerPermissions(dispatch::Registry& registry);
void registerRules(dispatch::Registry& registry);
void registerTargets(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerTestEventPattern(dispatch::Registry& registry);
void registerArchives(dispatch::Registry& registry);
void registerReplays(dispatch::Registry& registry);
void registerApiDestinations(dispatch::Registry& registry);
/// `patterns` is borrowed.
void registerPutEvents(dispatch::Registry& registry, PatternCache& patterns);

}  // namespace thimble::services::events
