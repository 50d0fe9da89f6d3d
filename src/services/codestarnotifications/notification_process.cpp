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

/// As AWS asks by its service-linked role, whatever the rule's maker may.
dispatch::Call ask(const rows::Delivery& delivery, const Json& question) {
  dispatch::Call call;
  call.identity = dispatch::Identity::root(delivery.account());
  call.account = delivery.account();
  call.region = delivery.region();
  call.service = "codecommit";
  call.operation = question.stringAt("operation");
  call.input = question["input"];
  return call;
}

/// The next call: what is asked first, or the message.
dispatch::Call nextCall(const rows::Delivery& delivery) {
  const auto question = Json::parse(delivery.question_json());
  return delivery.question_json().empty() || !question.ok() ? publish(delivery) : ask(delivery, *question);
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
      const bool full = entry.record.detail_type() == "FULL";
      delivery.set_message(notificationMessage(event, entry.record.arn(), full));
      if (const Json question = full ? commentQuestion(event) : Json(); !question.isNull()) {
        delivery.set_question_json(question.write());
        delivery.set_event_json(event.write());
      }
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
    context.scheduleCall(nextCall(*delivery));
    return;
  }
  if (input.type != Type::TaskResult) return;
  if (!delivery->question_json().empty()) {
    // Without an answer the message goes as it is.
    const auto event = Json::parse(delivery->event_json());
    if (input.outcome->ok() && event.ok())
      delivery->set_message(withComments(delivery->message(), *event, (*input.outcome)->output));
    delivery->clear_question_json();
    delivery->clear_event_json();
    kDeliveries.put(context.transaction(), *delivery, id);
    context.scheduleCall(publish(*delivery));
    return;
  }
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
