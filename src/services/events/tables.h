// The tables of EventBridge.
#pragma once

#include "services/events/events.pb.h"
#include "store/table.h"

namespace thimble::services::events {

/// Key: account, region, name.
inline constexpr store::Table<rows::EventBus> kBuses("events.bus");
/// Key: account, region, bus, name.
inline constexpr store::Table<rows::Rule> kRules("events.rule");
/// Key: account, region, name.
inline constexpr store::Table<rows::Archive> kArchives("events.archive");
/// Key: account, region, archive, time of the event, event id.
inline constexpr store::Table<rows::ArchivedEvent> kArchivedEvents("events.archived_event");
/// Key: account, region, name.
inline constexpr store::Table<rows::Replay> kReplays("events.replay");
/// Key: account, region, name.
inline constexpr store::Table<rows::Connection> kConnections("events.connection");
/// Key: account, region, name.
inline constexpr store::Table<rows::ApiDestination> kApiDestinations("events.api_destination");
/// Key: delivery id.
inline constexpr store::Table<rows::Delivery> kDeliveries("events.delivery");

}  // namespace thimble::services::events
