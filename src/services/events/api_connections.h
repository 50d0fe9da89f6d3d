// Connections: how EventBridge authorises itself where an API destination calls.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
#pragma once

#include <optional>
#include <string>

#include "dispatch/call_within.h"
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
/// `call_within` reaches Secrets Manager; without it connections have no secrets there.
void registerConnections(dispatch::Registry& registry, platform::Sealer& sealer,
                         const dispatch::CallWithin& call_within);

}  // namespace thimble::services::events
