// Calls of API destinations: an internal operation that deliveries make, "thimble.events" "InvokeApiDestination".
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/time.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"

namespace thimble::services::events {

/// Input: {"ApiDestinationArn", "HttpParameters", "Body"}. Asks for events:InvokeApiDestination on the destination. The
/// request waits for its turn when the destination's rate is reached. OAuth's token is asked for when there is none,
/// and once more when it is refused. Any status below 300 is success; 401, 407, 409, 429 and 5xx are errors that are
/// tried again.
class ApiInvocations {
 public:
  /// `sealer` is borrowed.
  void registerWith(dispatch::Registry& registry, platform::Sealer& sealer);

 private:
  /// When the next call of a destination may be made, so that there are no more than its rate a second.
  base::Timestamp turn(const std::string& destination, std::int64_t rate, base::Timestamp now);

  std::mutex mutex_;
  std::map<std::string, std::int64_t> next_;  ///< Microseconds since the epoch, by ARN.
};

}  // namespace thimble::services::events
