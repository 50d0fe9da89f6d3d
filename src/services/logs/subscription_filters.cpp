// PutSubscriptionFilter, DescribeSubscriptionFilters, DeleteSubscriptionFilter, and the deliveries.
#include "services/logs/subscription_filters.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "base/gzip.h"
#include "base/json.h"
#include "dispatch/doorway.h"
#include "services/logs/errors.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using shapes::logs::DeleteSubscriptionFilter;
using shapes::logs::DescribeSubscriptionFilters;
using shapes::logs::PutSubscriptionFilter;
using Put = PutSubscriptionFilter;

constexpr std::size_t kMaxFilters = 2;
constexpr std::int64_t kDefaultLimit = 50;
/// Of the messages of one delivery: what Lambda takes in an event, once they are compressed and in base64.
constexpr std::size_t kMaxDeliveryBytes = 150'000;

base::Result<void> check(dispatch::Context& context, const Put::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (!FilterPattern::parse(input.filterPattern_)) return invalidParameter("Invalid filter pattern");
  const auto arn = base::parseArn(input.destinationArn_);
  const std::string vendor = arn ? arn->service : "";
  if (vendor == "kinesis" || vendor == "firehose" || vendor == "logs") {
    return base::ApiError{"NotImplemented", "Thimble does not implement subscriptions of " + vendor + " yet.", 501};
  }
  if (vendor != "lambda") {
    return invalidParameter("PutSubscriptionFilter operation cannot work with destinationArn for vendor " + vendor);
  }
  if (input.roleArn_) return invalidParameter("destinationArn for vendor lambda cannot be used with roleArn");
  const auto& account = context.account();
  const auto& region = context.region();
  const bool held =
      kSubscriptionFilters.has(context.transaction(), account, region, input.logGroupName_, input.filterName_);
  const std::size_t count =
      kSubscriptionFilters.scan(context.transaction(), {}, account, region, input.logGroupName_).size();
  if (!held && count >= kMaxFilters) return limitExceeded();
  return {};
}

base::Result<Put::Output> keep(dispatch::Context& context, const Put::Input& input, const std::string& principal) {
  TRY(check(context, input));
  const auto held = kSubscriptionFilters.get(context.transaction(), context.account(), context.region(),
                                             input.logGroupName_, input.filterName_);
  rows::SubscriptionFilterRecord record;
  record.set_name(input.filterName_);
  record.set_group(input.logGroupName_);
  record.set_pattern(input.filterPattern_);
  record.set_destination(input.destinationArn_);
  record.set_distribution(input.distribution_.value_or("ByLogStream"));
  record.set_principal(principal);
  record.set_created(held ? held->created() : context.now().milliseconds);
  kSubscriptionFilters.put(context.transaction(), record, context.account(), context.region(), record.group(),
                           record.name());
  return Put::Output{};
}

dispatch::Call invocation(const std::string& account, const std::string& region, const std::string& group,
                          const std::string& function, const std::string& principal, Json input) {
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = account;
  call.identity.arn = principal;
  call.account = account;
  call.region = region;
  call.service = "lambda";
  call.operation = "Invoke";
  call.source_arn = "arn:aws:logs:" + region + ":" + account + ":log-group:" + group + ":*";
  input.set("FunctionName", function);
  call.input = std::move(input);
  return call;
}

/// Asks whether the function may be invoked by the service, or else by its name in the Region, which is the older one.
void probe(const std::shared_ptr<dispatch::AsyncContext>& context, const Put::Input& input,
           std::vector<std::string> principals, dispatch::Responder<Put::Output> respond) {
  if (principals.empty()) {
    return respond(
        invalidParameter("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
                         "to execute your function."));
  }
  const std::string principal = principals.front();
  principals.erase(principals.begin());
  context->doorway().call(invocation(context->account(), context->region(), input.logGroupName_, input.destinationArn_,
                                     principal, Json::object({{"InvocationType", "DryRun"}})),
                          [context, input, principals, principal, respond](const dispatch::CallOutcome& outcome) {
                            if (!outcome.ok()) return probe(context, input, principals, respond);
                            context->transact<Put::Output>(
                                [input, principal](dispatch::Context& inner) { return keep(inner, input, principal); },
                                [respond](base::Result<Put::Output> result) {
                                  if (!result.ok()) return respond(std::move(result).error());
                                  respond(dispatch::Reply<Put::Output>(std::move(result).value()));
                                });
                          });
}

struct Admitted {};

void put(std::shared_ptr<dispatch::AsyncContext> context, Put::Input input, dispatch::Responder<Put::Output> respond) {
  context->transact<Admitted>(
      [input](dispatch::Context& inner) -> base::Result<Admitted> {
        TRY(check(inner, input));
        return Admitted{};
      },
      [context, input, respond](base::Result<Admitted> admitted) {
        if (!admitted.ok()) return respond(std::move(admitted).error());
        probe(context, input, {"logs.amazonaws.com", "logs." + context->region() + ".amazonaws.com"}, respond);
      });
}

base::Result<DescribeSubscriptionFilters::Output> describe(dispatch::Context& context,
                                                           const DescribeSubscriptionFilters::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeSubscriptionFilters::Output output;
  output.subscriptionFilters_.emplace();
  for (const auto& entry :
       kSubscriptionFilters.scan(context.transaction(), {}, context.account(), context.region(), input.logGroupName_)) {
    const rows::SubscriptionFilterRecord& record = entry.record;
    if (!record.name().starts_with(input.filterNamePrefix_.value_or(""))) continue;
    if (!after.empty() && record.name() <= after) continue;
    if (output.subscriptionFilters_->size() == limit) {
      output.nextToken_ = pageToken(*output.subscriptionFilters_->back().filterName_);
      break;
    }
    shapes::logs::SubscriptionFilter shown;
    shown.filterName_ = record.name();
    shown.logGroupName_ = record.group();
    shown.filterPattern_ = record.pattern();
    shown.destinationArn_ = record.destination();
    shown.distribution_ = record.distribution();
    shown.applyOnTransformedLogs_ = false;
    shown.creationTime_ = record.created();
    output.subscriptionFilters_->push_back(std::move(shown));
  }
  return output;
}

base::Result<DeleteSubscriptionFilter::Output> remove(dispatch::Context& context,
                                                      const DeleteSubscriptionFilter::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (!kSubscriptionFilters.has(context.transaction(), context.account(), context.region(), input.logGroupName_,
                                input.filterName_)) {
    return resourceNotFound("The specified subscription filter does not exist.");
  }
  kSubscriptionFilters.erase(context.transaction(), context.account(), context.region(), input.logGroupName_,
                             input.filterName_);
  return DeleteSubscriptionFilter::Output{};
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
void startDelivery(dispatch::Context& context, const rows::SubscriptionFilterRecord& filter, const std::string& stream,
                   const Json& events) {
  const Json message = Json::object({{"messageType", "DATA_MESSAGE"},
                                     {"owner", context.account()},
                                     {"logGroup", filter.group()},
                                     {"logStream", stream},
                                     {"subscriptionFilters", Json::array({filter.name()})},
                                     {"logEvents", events}});
  const Json event =
      Json::object({{"awslogs", Json::object({{"data", base::encodeBase64(base::gzip(message.write()))}})}});
  context.start({SubscriptionDeliveries::kName, context.random().uuid()},
                Json::object({{"account", context.account()},
                              {"region", context.region()},
                              {"group", filter.group()},
                              {"function", filter.destination()},
                              {"principal", filter.principal()},
                              {"event", event.write()}}));
}

}  // namespace

void tellSubscribers(dispatch::Context& context, const std::string& group, const std::string& stream,
                     const std::vector<NewEvent>& events) {
  if (events.empty()) return;
  for (const auto& entry :
       kSubscriptionFilters.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    const auto pattern = FilterPattern::parse(entry.record.pattern());
    if (!pattern) continue;
    Json chosen = Json::array();
    std::size_t bytes = 0;
    for (const NewEvent& event : events) {
      if (!pattern->matches(event.message)) continue;
      if (bytes > 0 && bytes + event.message.size() > kMaxDeliveryBytes) {
        startDelivery(context, entry.record, stream, chosen);
        chosen = Json::array();
        bytes = 0;
      }
      bytes += event.message.size();
      chosen.push(Json::object({{"id", event.id}, {"timestamp", event.timestamp}, {"message", event.message}}));
    }
    if (!chosen.empty()) startDelivery(context, entry.record, stream, chosen);
  }
}

void forgetSubscriptionFilters(dispatch::Context& context, const std::string& group) {
  for (const auto& entry :
       kSubscriptionFilters.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    context.transaction().erase(entry.key);
  }
}

// A delivery is one call. Lambda queues what it takes and retries the function itself; what it refuses, since the
// function or its permission is gone, is lost as on AWS.
void SubscriptionDeliveries::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  if (input.type != dispatch::ProcessInput::Type::Start) return;
  const Json& payload = input.payload;
  context.scheduleCall(invocation(payload.stringAt("account"), payload.stringAt("region"), payload.stringAt("group"),
                                  payload.stringAt("function"), payload.stringAt("principal"),
                                  Json::object({{"InvocationType", "Event"}, {"Payload", payload.stringAt("event")}})));
}

void registerSubscriptionFilters(dispatch::Registry& registry) {
  registry.addAsynchronous<Put>(put);
  registry.add<DescribeSubscriptionFilters>(describe);
  registry.add<DeleteSubscriptionFilter>(remove);
}

}  // namespace thimble::services::logs
