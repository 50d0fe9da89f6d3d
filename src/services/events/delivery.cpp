#include "services/events/delivery.h"

#include <algorithm>

#include "platform/log.h"
#include "services/events/names.h"
#include "services/events/target_call.h"
#include "services/events/target_input.h"
#include "services/events/target_rows.h"

namespace thimble::services::events {
namespace {

using base::Json;

constexpr std::int64_t kDefaultRetries = 185;
constexpr std::int64_t kDefaultAgeSeconds = 86'400;
constexpr std::int64_t kFirstDelayMilliseconds = 1'000;
constexpr std::int64_t kLongestDelayMilliseconds = 480'000;
constexpr std::int64_t kDeadLetterRetries = 20;

std::int64_t policyOr(const Json& target, const char* member, std::int64_t otherwise) {
  const Json& value = target["RetryPolicy"][member];
  return value.isInt() ? value.asInt() : otherwise;
}

TargetRequest requestOf(dispatch::ProcessContext& context, const rows::Delivery& delivery) {
  TargetRequest request;
  request.account = delivery.account();
  request.region = delivery.region();
  request.rule_arn = delivery.rule_arn();
  request.delivery_id = context.self().id;
  request.target = readBinary(delivery.target());
  request.event = readBinary(delivery.event());
  request.log_stream = delivery.log_stream();
  request.now = context.now();
  const auto rule = ruleOfArn(delivery.rule_arn());
  request.input = targetInput(request.target, request.event,
                              {delivery.rule_arn(), rule ? rule->name : std::string(), {delivery.began()}});
  return request;
}

Json textAttribute(const std::string& value) {
  return Json::object({{"DataType", "String"}, {"StringValue", value}});
}

/// Exponential, with some chance in it so that many that failed together do not come back together.
std::int64_t delayBefore(dispatch::ProcessContext& context, std::int64_t retry) {
  const std::int64_t whole =
      std::min(kFirstDelayMilliseconds << std::min<std::int64_t>(retry - 1, 10), kLongestDelayMilliseconds);
  return whole / 2 + static_cast<std::int64_t>(context.random().below(static_cast<std::uint64_t>(whole / 2 + 1)));
}

}  // namespace

void Deliveries::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  auto delivery = kDeliveries.get(context.transaction(), context.self().id);
  if (!delivery) return;
  switch (input.type) {
    case Type::Start:
    case Type::Timer:
      attempt(context, *delivery);
      break;
    case Type::TaskResult:
      finished(context, *delivery, *input.outcome);
      break;
    case Type::WorkerLost:
      // It may have arrived; an event is delivered at least once.
      failed(context, *delivery, "SDK_CLIENT_ERROR", "the server ended during the delivery", true);
      break;
    case Type::TaskStarted:
    case Type::Signal:
    case Type::Continue:
      break;
  }
}

void Deliveries::attempt(dispatch::ProcessContext& context, const rows::Delivery& delivery) {
  const TargetRequest request = requestOf(context, delivery);
  if (!delivery.dead()) {
    context.scheduleCall(targetCall(request));
    return;
  }
  Json attributes = Json::object({{"RULE_ARN", textAttribute(delivery.rule_arn())},
                                  {"TARGET_ARN", textAttribute(request.target.stringAt("Arn"))},
                                  {"ERROR_CODE", textAttribute(delivery.error_code())}});
  if (!delivery.error_message().empty()) attributes.set("ERROR_MESSAGE", textAttribute(delivery.error_message()));
  if (!delivery.exhausted().empty()) {
    attributes.set("EXHAUSTED_RETRY_CONDITION", textAttribute(delivery.exhausted()));
    attributes.set("RETRY_ATTEMPTS", textAttribute(std::to_string(delivery.attempts())));
  }
  context.scheduleCall(
      queueCall(request, request.target["DeadLetterConfig"].stringAt("Arn"), request.event.write(), attributes));
}

void Deliveries::finished(dispatch::ProcessContext& context, rows::Delivery& delivery,
                          const dispatch::CallOutcome& outcome) {
  const std::string& id = context.self().id;
  const bool making_stream =
      !delivery.dead() && delivery.log_stream().empty() && isLogGroup(readBinary(delivery.target()));
  // What an earlier try of unknown end has already done is done.
  const bool done = outcome.ok() || outcome.error().code == "ExecutionAlreadyExists" ||
                    (making_stream && outcome.error().code == "ResourceAlreadyExistsException");
  if (!done) {
    const base::ApiError& error = outcome.error();
    const bool may_retry = (error.http_status >= 500 && error.http_status != 501) || error.http_status == 429 ||
                           error.code == "ThrottlingException" || error.code == "TooManyRequestsException";
    failed(context, delivery, error.code, error.message, may_retry);
    return;
  }
  if (making_stream) {
    delivery.set_log_stream(id);
    kDeliveries.put(context.transaction(), delivery, id);
    attempt(context, delivery);
    return;
  }
  kDeliveries.erase(context.transaction(), id);
}

void Deliveries::failed(dispatch::ProcessContext& context, rows::Delivery& delivery, const std::string& code,
                        const std::string& message, bool may_retry) {
  const Json target = readBinary(delivery.target());
  if (!delivery.dead()) {
    delivery.set_error_code(code);
    delivery.set_error_message(message);
  }
  const std::int64_t most =
      delivery.dead() ? kDeadLetterRetries : policyOr(target, "MaximumRetryAttempts", kDefaultRetries);
  if (may_retry && delivery.attempts() >= most) {
    may_retry = false;
    if (!delivery.dead()) delivery.set_exhausted("MaximumRetryAttempts");
  }
  const std::int64_t delay = delayBefore(context, delivery.attempts() + 1);
  const std::int64_t oldest =
      delivery.began() + policyOr(target, "MaximumEventAgeInSeconds", kDefaultAgeSeconds) * 1000;
  if (may_retry && !delivery.dead() && context.now().milliseconds + delay > oldest) {
    may_retry = false;
    delivery.set_exhausted("MaximumEventAgeInSeconds");
  }
  if (!may_retry) {
    giveUp(context, delivery);
    return;
  }
  delivery.set_attempts(delivery.attempts() + 1);
  kDeliveries.put(context.transaction(), delivery, context.self().id);
  context.scheduleTimer("retry", context.now().plusMilliseconds(delay));
}

void Deliveries::giveUp(dispatch::ProcessContext& context, rows::Delivery& delivery) {
  const Json target = readBinary(delivery.target());
  platform::warn("EventBridge: an event of " + delivery.rule_arn() + " was not delivered to " + target.stringAt("Arn") +
                 ": " + delivery.error_code() + ": " + delivery.error_message());
  if (delivery.dead() || target["DeadLetterConfig"].stringAt("Arn").empty()) {
    kDeliveries.erase(context.transaction(), context.self().id);
    return;
  }
  delivery.set_dead(true);
  kDeliveries.put(context.transaction(), delivery, context.self().id);
  attempt(context, delivery);
}

}  // namespace thimble::services::events
