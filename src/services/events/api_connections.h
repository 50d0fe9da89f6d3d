// Connections: how EventBridge authorises itself where an API destination calls.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
#pragma once

#include <optional>
#include <string>

#include "dispatch/registry.h"
#include "platform/sealer.h"
#include "services/events/tables.h"

namespace thimble::services::events {

/// A connection or API destination by its ARN ".../NAME/ID"; nothing when that is none, or the id is another's.
struct NamedPlace {
  std::string account, region, name;
};
std::optional<NamedPlace> placeOfArn(const std::string& arn, std::string_view kind);

std::optional<rows::Connection> findConnection(store::Transaction& transaction, const std::string& arn);

/// What a connection's secrets are sealed for.
std::string purposeOf(const rows::Connection& connection);

/// `sealer` is borrowed.
void registerConnections(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::events
