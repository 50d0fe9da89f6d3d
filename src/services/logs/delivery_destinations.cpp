// Where logs that AWS's services write themselves are to go. No service here writes any, so that there are destinations
// but never a source or a delivery.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html and the pages
// beside it
#include <algorithm>

#include "base/arn.h"
#include "base/json.h"
#include "services/logs/errors.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using namespace shapes::logs;  // NOLINT: the operations of this file
using base::Result;
using dispatch::Context;

constexpr std::int64_t kDefaultLimit = 50;

base::ApiError missing(const std::string& what) {
  return resourceNotFound("Requested " + what + " does not exist in this account.");
}

base::ApiError validation(const std::string& message) {
  return {"ValidationException", message, 400};
}

std::string typeOf(const std::string& arn_text) {
  const auto arn = base::parseArn(arn_text);
  if (!arn) return "";
  if (arn->service == "s3") return "S3";
  if (arn->service == "logs") return "CWL";
  return arn->service == "firehose" ? "FH" : "";
}

DeliveryDestination describe(const Context& context, const rows::DeliveryDestinationRecord& record) {
  DeliveryDestination out;
  out.name_ = record.name();
  out.arn_ = "arn:aws:logs:" + context.region() + ":" + context.account() + ":delivery-destination:" + record.name();
  out.deliveryDestinationType_ = typeOf(record.resource_arn());
  if (!record.output_format().empty()) out.outputFormat_ = record.output_format();
  out.deliveryDestinationConfiguration_.emplace();
  out.deliveryDestinationConfiguration_->destinationResourceArn_ = record.resource_arn();
  return out;
}

Result<rows::DeliveryDestinationRecord> find(Context& context, const std::string& name) {
  auto record = kDeliveryDestinations.get(context.transaction(), context.account(), context.region(), name);
  if (!record) return missing("Delivery Destination");
  return *std::move(record);
}

void keep(Context& context, const rows::DeliveryDestinationRecord& record) {
  kDeliveryDestinations.put(context.transaction(), record, context.account(), context.region(), record.name());
}

Result<PutDeliveryDestination::Output> putDestination(Context& context, const PutDeliveryDestination::Input& input) {
  static constexpr std::string_view kFormats[] = {"w3c", "raw", "json", "plain", "parquet"};
  if (input.outputFormat_ &&
      std::find(std::begin(kFormats), std::end(kFormats), *input.outputFormat_) == std::end(kFormats)) {
    return validation("1 validation error detected: Value '" + *input.outputFormat_ +
                      "' at 'outputFormat' failed to satisfy constraint: Member must satisfy enum value set: "
                      "[w3c, raw, json, plain, parquet]");
  }
  if (input.deliveryDestinationType_ == "XRAY") {
    return base::ApiError{"NotImplemented", "Thimble does not implement deliveries to X-Ray yet.", 501};
  }
  if (!input.deliveryDestinationConfiguration_) {
    return validation("deliveryDestinationConfiguration must be provided.");
  }
  const std::string& arn = input.deliveryDestinationConfiguration_->destinationResourceArn_;
  if (typeOf(arn).empty()) return validation("The resource '" + arn + "' cannot be a delivery destination.");
  rows::DeliveryDestinationRecord record =
      kDeliveryDestinations.get(context.transaction(), context.account(), context.region(), input.name_)
          .value_or(rows::DeliveryDestinationRecord());
  record.set_name(input.name_);
  record.set_resource_arn(arn);
  record.set_output_format(input.outputFormat_.value_or(""));
  for (const auto& [key, value] : input.tags_.value_or(std::map<std::string, std::string>())) {
    (*record.mutable_tags())[key] = value;
  }
  keep(context, record);
  PutDeliveryDestination::Output output;
  output.deliveryDestination_ = describe(context, record);
  return output;
}

Result<GetDeliveryDestination::Output> getDestination(Context& context, const GetDeliveryDestination::Input& input) {
  TRY_ASSIGN(const auto record, find(context, input.name_));
  GetDeliveryDestination::Output output;
  output.deliveryDestination_ = describe(context, record);
  return output;
}

Result<DescribeDeliveryDestinations::Output> listDestinations(Context& context,
                                                              const DescribeDeliveryDestinations::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeDeliveryDestinations::Output output;
  output.deliveryDestinations_.emplace();
  for (const auto& entry : kDeliveryDestinations.scan(context.transaction(), {}, context.account(), context.region())) {
    if (!after.empty() && entry.record.name() <= after) continue;
    if (output.deliveryDestinations_->size() == limit) {
      output.nextToken_ = pageToken(*output.deliveryDestinations_->back().name_);
      break;
    }
    output.deliveryDestinations_->push_back(describe(context, entry.record));
  }
  return output;
}

Result<DeleteDeliveryDestination::Output> deleteDestination(Context& context,
                                                            const DeleteDeliveryDestination::Input& input) {
  TRY(find(context, input.name_));
  kDeliveryDestinations.erase(context.transaction(), context.account(), context.region(), input.name_);
  return DeleteDeliveryDestination::Output{};
}

Policy policyOf(const rows::DeliveryDestinationRecord& record) {
  Policy policy;
  if (!record.policy().empty()) policy.deliveryDestinationPolicy_ = record.policy();
  return policy;
}

Result<PutDeliveryDestinationPolicy::Output> putPolicy(Context& context,
                                                       const PutDeliveryDestinationPolicy::Input& input) {
  TRY_ASSIGN(auto record, find(context, input.deliveryDestinationName_));
  const auto document = base::Json::parse(input.deliveryDestinationPolicy_, {.max_depth = 64});
  if (!document.ok() || !document->isObject()) return validation("The policy document is not valid JSON.");
  record.set_policy(input.deliveryDestinationPolicy_);
  keep(context, record);
  PutDeliveryDestinationPolicy::Output output;
  output.policy_ = policyOf(record);
  return output;
}

Result<GetDeliveryDestinationPolicy::Output> getPolicy(Context& context,
                                                       const GetDeliveryDestinationPolicy::Input& input) {
  TRY_ASSIGN(const auto record, find(context, input.deliveryDestinationName_));
  GetDeliveryDestinationPolicy::Output output;
  output.policy_ = policyOf(record);
  return output;
}

Result<DeleteDeliveryDestinationPolicy::Output> deletePolicy(Context& context,
                                                             const DeleteDeliveryDestinationPolicy::Input& input) {
  TRY_ASSIGN(auto record, find(context, input.deliveryDestinationName_));
  record.clear_policy();
  keep(context, record);
  return DeleteDeliveryDestinationPolicy::Output{};
}

/// An operation on something of which there is never any.
template <class Op>
void addMissing(dispatch::Registry& registry, const std::string& what) {
  registry.add<Op>(
      [what](Context&, const typename Op::Input&) -> Result<typename Op::Output> { return missing(what); });
}

Result<PutDeliverySource::Output> putSource(Context&, const PutDeliverySource::Input&) {
  return resourceNotFound("Cannot access provided service.");
}

Result<DescribeDeliverySources::Output> listSources(Context&, const DescribeDeliverySources::Input&) {
  DescribeDeliverySources::Output output;
  output.deliverySources_.emplace();
  return output;
}

Result<DescribeDeliveries::Output> listDeliveries(Context&, const DescribeDeliveries::Input&) {
  DescribeDeliveries::Output output;
  output.deliveries_.emplace();
  return output;
}

}  // namespace

void registerDeliveryDestinations(dispatch::Registry& registry) {
  registry.add<PutDeliveryDestination>(putDestination);
  registry.add<GetDeliveryDestination>(getDestination);
  registry.add<DescribeDeliveryDestinations>(listDestinations);
  registry.add<DeleteDeliveryDestination>(deleteDestination);
  registry.add<PutDeliveryDestinationPolicy>(putPolicy);
  registry.add<GetDeliveryDestinationPolicy>(getPolicy);
  registry.add<DeleteDeliveryDestinationPolicy>(deletePolicy);
  registry.add<PutDeliverySource>(putSource);
  addMissing<GetDeliverySource>(registry, "Delivery Source");
  addMissing<DeleteDeliverySource>(registry, "Delivery Source");
  registry.add<DescribeDeliverySources>(listSources);
  addMissing<CreateDelivery>(registry, "Delivery Source");
  addMissing<GetDelivery>(registry, "Delivery");
  addMissing<DeleteDelivery>(registry, "Delivery");
  registry.add<DescribeDeliveries>(listDeliveries);
}

}  // namespace thimble::services::logs
