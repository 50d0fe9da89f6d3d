// CreateApiDestination, UpdateApiDestination, DescribeApiDestination, ListApiDestinations, DeleteApiDestination.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
#include "services/events/api_connections.h"
#include "services/events/errors.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::int64_t kDefaultRateLimit = 300;
constexpr std::size_t kMaxDestinations = 3000;

base::ApiError destinationNotFound(const std::string& name) {
  return notFound("Failed to describe the api-destination(s). An api-destination '" + name + "' does not exist.");
}

/// Also http, which AWS refuses: what a developer tries things with on the own machine has no certificate.
base::Result<void> checkEndpoint(const std::string& endpoint) {
  if (endpoint.starts_with("https://") || endpoint.starts_with("http://")) return {};
  return validation("Parameter InvocationEndpoint is not valid. Reason: It has to be a URL.");
}

base::Result<void> checkConnection(dispatch::Context& context, const std::string& arn) {
  if (findConnection(context.transaction(), arn)) return {};
  return notFound("Connection '" + arn + "' does not exist.");
}

template <class Output>
Output stateOf(dispatch::Context& context, const rows::ApiDestination& row) {
  const auto connection = findConnection(context.transaction(), row.connection_arn());
  Output output;
  output.ApiDestinationArn_ = row.arn();
  output.ApiDestinationState_ = connection && connection->state() == "AUTHORIZED" ? "ACTIVE" : "INACTIVE";
  output.CreationTime_ = base::Timestamp{row.created()};
  output.LastModifiedTime_ = base::Timestamp{row.modified()};
  return output;
}

template <class Output>
Output shownDestination(dispatch::Context& context, const rows::ApiDestination& row) {
  auto output = stateOf<Output>(context, row);
  output.Name_ = row.name();
  output.ConnectionArn_ = row.connection_arn();
  output.InvocationEndpoint_ = row.endpoint();
  output.HttpMethod_ = row.method();
  output.InvocationRateLimitPerSecond_ = row.rate_limit();
  return output;
}

base::Result<rows::ApiDestination> find(dispatch::Context& context, const std::string& name) {
  auto row = kApiDestinations.get(context.transaction(), context.account(), context.region(), name);
  if (!row) return destinationNotFound(name);
  return *std::move(row);
}

void put(dispatch::Context& context, const rows::ApiDestination& row) {
  kApiDestinations.put(context.transaction(), row, context.account(), context.region(), row.name());
}

base::Result<CreateApiDestination::Output> create(dispatch::Context& context,
                                                  const CreateApiDestination::Input& input) {
  const auto all =
      kApiDestinations.scan(context.transaction(), {.limit = kMaxDestinations}, context.account(), context.region());
  if (all.size() >= kMaxDestinations) return limitExceeded();
  if (kApiDestinations.has(context.transaction(), context.account(), context.region(), input.Name_)) {
    return alreadyExists("An api-destination '" + input.Name_ + "' already exists.");
  }
  TRY(checkEndpoint(input.InvocationEndpoint_));
  TRY(checkConnection(context, input.ConnectionArn_));
  rows::ApiDestination row;
  row.set_name(input.Name_);
  row.set_arn("arn:aws:events:" + context.region() + ":" + context.account() + ":api-destination/" + input.Name_ + "/" +
              context.random().uuid());
  row.set_description(input.Description_.value_or(""));
  row.set_connection_arn(input.ConnectionArn_);
  row.set_endpoint(input.InvocationEndpoint_);
  row.set_method(input.HttpMethod_);
  row.set_rate_limit(input.InvocationRateLimitPerSecond_.value_or(kDefaultRateLimit));
  row.set_created(context.now().milliseconds);
  row.set_modified(context.now().milliseconds);
  put(context, row);
  return stateOf<CreateApiDestination::Output>(context, row);
}

base::Result<UpdateApiDestination::Output> update(dispatch::Context& context,
                                                  const UpdateApiDestination::Input& input) {
  TRY_ASSIGN(rows::ApiDestination row, find(context, input.Name_));
  if (input.Description_) row.set_description(*input.Description_);
  if (input.ConnectionArn_) {
    TRY(checkConnection(context, *input.ConnectionArn_));
    row.set_connection_arn(*input.ConnectionArn_);
  }
  if (input.InvocationEndpoint_) {
    TRY(checkEndpoint(*input.InvocationEndpoint_));
    row.set_endpoint(*input.InvocationEndpoint_);
  }
  if (input.HttpMethod_) row.set_method(*input.HttpMethod_);
  if (input.InvocationRateLimitPerSecond_) row.set_rate_limit(*input.InvocationRateLimitPerSecond_);
  row.set_modified(context.now().milliseconds);
  put(context, row);
  return stateOf<UpdateApiDestination::Output>(context, row);
}

base::Result<DescribeApiDestination::Output> describe(dispatch::Context& context,
                                                      const DescribeApiDestination::Input& input) {
  TRY_ASSIGN(const rows::ApiDestination row, find(context, input.Name_));
  auto output = shownDestination<DescribeApiDestination::Output>(context, row);
  if (!row.description().empty()) output.Description_ = row.description();
  return output;
}

base::Result<ListApiDestinations::Output> list(dispatch::Context& context, const ListApiDestinations::Input& input) {
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListApiDestinations::Output output;
  output.ApiDestinations_.emplace();
  for (const auto& entry : kApiDestinations.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::ApiDestination& row = entry.record;
    if (!row.name().starts_with(input.NamePrefix_.value_or(""))) continue;
    if (input.ConnectionArn_ && *input.ConnectionArn_ != row.connection_arn()) continue;
    if (page.takes(row.name())) output.ApiDestinations_->push_back(shownDestination<ApiDestination>(context, row));
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<DeleteApiDestination::Output> remove(dispatch::Context& context,
                                                  const DeleteApiDestination::Input& input) {
  TRY(find(context, input.Name_));
  kApiDestinations.erase(context.transaction(), context.account(), context.region(), input.Name_);
  return DeleteApiDestination::Output();
}

}  // namespace

void registerApiDestinations(dispatch::Registry& registry) {
  registry.add<CreateApiDestination>(create);
  registry.add<UpdateApiDestination>(update);
  registry.add<DescribeApiDestination>(describe);
  registry.add<ListApiDestinations>(list);
  registry.add<DeleteApiDestination>(remove);
}

}  // namespace thimble::services::events
