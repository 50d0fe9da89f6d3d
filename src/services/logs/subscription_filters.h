// Subscription filters: events that match are given to a Lambda function as they come.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dispatch/context.h"
#include "dispatch/kernel.h"
#include "services/logs/rows.h"

namespace thimble::services::logs {

struct NewEvent {
  std::string id;
  std::int64_t timestamp = 0;
  std::string message;
};

/// Commits the deliveries of events with the events themselves.
void tellSubscribers(dispatch::Context& context, const std::string& group, const std::string& stream,
                     const std::vector<NewEvent>& events);

/// With the group its filters go.
void forgetSubscriptionFilters(dispatch::Context& context, const std::string& group);

/// Makes the calls that tellSubscribers() committed; stateless.
class SubscriptionDeliveries final : public dispatch::ProcessKind {
 public:
  static constexpr char kName[] = "logs.subscription";
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::logs
