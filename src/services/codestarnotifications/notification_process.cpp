#include "services/codestarnotifications/notification_process.h"

#include <algorithm>
#include <set>

#include "platform/log.h"
#include "services/codestarnotifications/event_types.h"
#include "services/codestarnotifications/notification.h"
#include "services/codestarnotifications/tables.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;
using Type = dispatch::ProcessInput::Type;

constexpr std::int64_t kMostAttempts = 100;
constexpr std::int64_t kFirstDelay = 1'000;
constexpr std::int64_t kLongestDelay = 900'000;

bool wants(const rows::Rule& rule, const Json& event) {
  if (rule.status() != "ENABLED" || rule.resource() != resourceOf(event)) return false;
  return std::any_of(rule.event_types().begin(), rule.event_types().end(), [&](const std::string& id) {
    const EventType* type = findEventType(id);
    return type != nullptr && isOfType(*type, event);
  });
}

dispatch::Call publish(const rows::Delivery& delivery) {
  const auto arn = base::parseArn(delivery.topic());
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = delivery.account();
  call.identity.arn = "codestar-notifications.amazonaws.com";
  call.account = arn->account;
  call.region = arn->region;
  call.service = "sns";
  call.operation = "Publish";
  call.input = Json::object({{"TopicArn", delivery.topic()}, {"Message", delivery.message()}});
  call.source_arn = delivery.rule_arn();
  return call;
}

void setStatus(dispatch::ProcessContext& context, const rows::Delivery& delivery, const std::string& status) {
  auto row = kTargets.get(context.transaction(), delivery.account(), delivery.region(), delivery.topic());
  if (!row || row->status() == status) return;
  row->set_status(status);
  kTargets.put(context.transaction(), *row, delivery.account(), delivery.region(), delivery.topic());
}

}  // namespace

void EventTaking::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  if (input.type == Type::Start) {
    // Within the emitter's transaction, which must not come to depend on the rules.
    context.scheduleContinue(input.payload);
    return;
  }
  if (input.type != Type::Continue) return;
  const Json& event = input.payload;
  const std::string account = event.stringAt("account");
  const std::string region = event.stringAt("region");
  for (const auto& entry : kRules.scan(context.transaction(), {}, account, region)) {
    if (!wants(entry.record, event)) continue;
    for (const rows::Target& target : entry.record.targets()) {
      rows::Delivery delivery;
      delivery.set_account(account);
      delivery.set_region(region);
      delivery.set_rule_arn(entry.record.arn());
      delivery.set_topic(target.address());
      delivery.set_message(notificationMessage(event, entry.record.arn(), entry.record.detail_type() == "FULL"));
      const std::string id = context.random().uuid();
      kDeliveries.put(context.transaction(), delivery, id);
      context.start({std::string(kDeliveryKind), id}, Json());
    }
  }
}

void Delivery::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  const std::string& id = context.self().id;
  auto delivery = kDeliveries.get(context.transaction(), id);
  if (!delivery) return;
  if (input.type == Type::Start || input.type == Type::Timer || input.type == Type::WorkerLost) {
    context.scheduleCall(publish(*delivery));
    return;
  }
  if (input.type != Type::TaskResult) return;
  if (input.outcome->ok()) {
    setStatus(context, *delivery, "ACTIVE");
    kDeliveries.erase(context.transaction(), id);
    return;
  }
  const base::ApiError& error = input.outcome->error();
  const bool may_retry = error.http_status >= 500 && error.http_status != 501;
  if (!may_retry || delivery->attempts() >= kMostAttempts) {
    platform::warn("A notification of " + delivery->rule_arn() + " was not delivered to " + delivery->topic() + ": " +
                   error.code + ": " + error.message);
    setStatus(context, *delivery, "UNREACHABLE");
    kDeliveries.erase(context.transaction(), id);
    return;
  }
  delivery->set_attempts(delivery->attempts() + 1);
  kDeliveries.put(context.transaction(), *delivery, id);
  const std::int64_t delay =
      std::min(kFirstDelay << std::min<std::int64_t>(delivery->attempts() - 1, 12), kLongestDelay);
  context.scheduleTimer("retry", context.now().plusMilliseconds(delay));
}

}  // namespace thimble::services::codestarnotifications
