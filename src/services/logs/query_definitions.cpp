// PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition: queries that are kept under a name.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html and the pages beside
// it
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

constexpr std::size_t kMaxDefinitions = 1000;

base::ApiError definitionNotFound() {
  return resourceNotFound("The specified query definition does not exist.");
}

Result<PutQueryDefinition::Output> put(Context& context, const PutQueryDefinition::Input& input) {
  store::Transaction& transaction = context.transaction();
  const std::string id = input.queryDefinitionId_.value_or(context.random().uuid());
  if (input.queryDefinitionId_ && !kQueryDefinitions.has(transaction, context.account(), context.region(), id)) {
    return definitionNotFound();
  }
  const auto kept = kQueryDefinitions.scan(transaction, {}, context.account(), context.region());
  if (!input.queryDefinitionId_ && kept.size() >= kMaxDefinitions) return limitExceeded();
  QueryDefinition definition;
  definition.queryLanguage_ = input.queryLanguage_.value_or("CWLI");
  definition.queryDefinitionId_ = id;
  definition.name_ = input.name_;
  definition.queryString_ = input.queryString_;
  definition.lastModified_ = context.now().milliseconds;
  definition.logGroupNames_ = input.logGroupNames_.value_or(std::vector<std::string>());
  definition.parameters_ = input.parameters_;
  rows::QueryDefinitionRecord row;
  row.set_definition(toJson(definition).write());
  kQueryDefinitions.put(transaction, row, context.account(), context.region(), id);
  PutQueryDefinition::Output output;
  output.queryDefinitionId_ = id;
  return output;
}

Result<DescribeQueryDefinitions::Output> describe(Context& context, const DescribeQueryDefinitions::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.maxResults_.value_or(1000));
  DescribeQueryDefinitions::Output output;
  output.queryDefinitions_.emplace();
  for (const auto& entry : kQueryDefinitions.scan(context.transaction(), {}, context.account(), context.region())) {
    const auto json = base::Json::parse(entry.record.definition());
    if (!json.ok()) continue;
    auto definition = shapes::fromJson<QueryDefinition>(*json);
    if (!after.empty() && *definition.queryDefinitionId_ <= after) continue;
    if (!definition.name_->starts_with(input.queryDefinitionNamePrefix_.value_or(""))) continue;
    if (input.queryLanguage_ && definition.queryLanguage_ != input.queryLanguage_) continue;
    if (output.queryDefinitions_->size() == limit) {
      output.nextToken_ = pageToken(*output.queryDefinitions_->back().queryDefinitionId_);
      break;
    }
    output.queryDefinitions_->push_back(std::move(definition));
  }
  return output;
}

Result<DeleteQueryDefinition::Output> remove(Context& context, const DeleteQueryDefinition::Input& input) {
  if (!kQueryDefinitions.has(context.transaction(), context.account(), context.region(), input.queryDefinitionId_)) {
    return definitionNotFound();
  }
  kQueryDefinitions.erase(context.transaction(), context.account(), context.region(), input.queryDefinitionId_);
  DeleteQueryDefinition::Output output;
  output.success_ = true;
  return output;
}

}  // namespace

void registerQueryDefinitions(dispatch::Registry& registry) {
  registry.add<PutQueryDefinition>(put);
  registry.add<DescribeQueryDefinitions>(describe);
  registry.add<DeleteQueryDefinition>(remove);
}

}  // namespace thimble::services::logs
