// From an event on a bus to what it sets going.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "dispatch/context.h"
#include "dispatch/process.h"
#include "services/events/names.h"
#include "services/events/pattern_cache.h"

namespace thimble::services::events {

struct RoutedEvent {
  base::Json event;  ///< As targets see it.
  /// Of a replay: only these rules (ARNs), or all when empty. A replayed event ("replay-name") is not archived again.
  std::vector<std::string> only_rules;
};

/// Starts a delivery for each target of each enabled rule of the bus that matches, and puts the event into the archives
/// that want it. A bus that does not exist takes nothing.
void routeEvent(dispatch::Context& context, PatternCache& patterns, const Bus& bus, const RoutedEvent& routed);
void routeEvent(dispatch::ProcessContext& context, PatternCache& patterns, const Bus& bus, const RoutedEvent& routed);

/// Starts the deliveries of one rule, whatever its pattern.
void deliverToTargets(dispatch::ProcessContext& context, const Bus& bus, const rows::Rule& rule,
                      const base::Json& event);

/// The size that an archive counts for the event, in bytes.
std::size_t eventSize(const base::Json& event);

}  // namespace thimble::services::events
