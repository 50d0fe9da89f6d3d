// Metric filters are kept and shown. What they would count goes to CloudWatch's metrics, of which Thimble has none, so
// nobody could read it.
#include <algorithm>

#include "base/json.h"
#include "base/result.h"
#include "services/logs/errors.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::DeleteMetricFilter;
using shapes::logs::DescribeMetricFilters;
using shapes::logs::MetricTransformation;
using shapes::logs::PutMetricFilter;
using shapes::logs::TestMetricFilter;

constexpr int kMaxFilters = 100;
constexpr std::int64_t kDefaultLimit = 50;

std::vector<MetricTransformation> transformationsOf(const rows::MetricFilterRecord& record) {
  std::vector<MetricTransformation> transformations;
  const auto json = base::Json::parse(record.transformations());
  if (!json.ok()) return transformations;
  for (const base::Json& item : json->asArray()) {
    transformations.push_back(shapes::fromJson<MetricTransformation>(item));
  }
  return transformations;
}

base::Result<PutMetricFilter::Output> putMetricFilter(dispatch::Context& context, const PutMetricFilter::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (!FilterPattern::parse(input.filterPattern_)) return invalidParameter("Invalid filter pattern");
  const auto& account = context.account();
  const auto& region = context.region();
  const auto held = kMetricFilters.get(context.transaction(), account, region, input.logGroupName_, input.filterName_);
  if (!held &&
      kMetricFilters.scan(context.transaction(), {}, account, region, input.logGroupName_).size() >= kMaxFilters) {
    return limitExceeded();
  }
  base::Json transformations = base::Json::array();
  for (const MetricTransformation& transformation : input.metricTransformations_) {
    transformations.push(toJson(transformation));
  }
  rows::MetricFilterRecord record;
  record.set_name(input.filterName_);
  record.set_group(input.logGroupName_);
  record.set_pattern(input.filterPattern_);
  record.set_transformations(transformations.write());
  record.set_created(held ? held->created() : context.now().milliseconds);
  kMetricFilters.put(context.transaction(), record, account, region, input.logGroupName_, input.filterName_);
  return PutMetricFilter::Output{};
}

base::Result<DeleteMetricFilter::Output> deleteMetricFilter(dispatch::Context& context,
                                                            const DeleteMetricFilter::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (!kMetricFilters.has(context.transaction(), context.account(), context.region(), input.logGroupName_,
                          input.filterName_)) {
    return resourceNotFound("The specified metric filter does not exist.");
  }
  kMetricFilters.erase(context.transaction(), context.account(), context.region(), input.logGroupName_,
                       input.filterName_);
  return DeleteMetricFilter::Output{};
}

base::Result<DescribeMetricFilters::Output> describeMetricFilters(dispatch::Context& context,
                                                                  const DescribeMetricFilters::Input& input) {
  if (input.logGroupName_) TRY(loadGroup(context, *input.logGroupName_));
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeMetricFilters::Output output;
  output.metricFilters_.emplace();
  std::string last;
  for (const auto& entry : kMetricFilters.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::MetricFilterRecord& record = entry.record;
    if (input.logGroupName_ && record.group() != *input.logGroupName_) continue;
    if (!record.name().starts_with(input.filterNamePrefix_.value_or(""))) continue;
    std::vector<MetricTransformation> transformations = transformationsOf(record);
    const bool wanted = std::any_of(transformations.begin(), transformations.end(), [&](const auto& transformation) {
      return (!input.metricName_ || transformation.metricName_ == *input.metricName_) &&
             (!input.metricNamespace_ || transformation.metricNamespace_ == *input.metricNamespace_);
    });
    const std::string order = record.group() + '\n' + record.name();
    if (!wanted || (!after.empty() && order <= after)) continue;
    if (output.metricFilters_->size() == limit) {
      output.nextToken_ = pageToken(last);
      break;
    }
    last = order;
    shapes::logs::MetricFilter shown;
    shown.filterName_ = record.name();
    shown.filterPattern_ = record.pattern();
    shown.logGroupName_ = record.group();
    shown.creationTime_ = record.created();
    shown.applyOnTransformedLogs_ = false;
    shown.metricTransformations_ = std::move(transformations);
    output.metricFilters_->push_back(std::move(shown));
  }
  return output;
}

base::Result<TestMetricFilter::Output> testMetricFilter(dispatch::Context& /*context*/,
                                                        const TestMetricFilter::Input& input) {
  const auto pattern = FilterPattern::parse(input.filterPattern_);
  if (!pattern) return invalidParameter("Invalid filter pattern");
  TestMetricFilter::Output output;
  output.matches_.emplace();
  std::int64_t number = 0;
  for (const std::string& message : input.logEventMessages_) {
    ++number;
    if (!pattern->matches(message)) continue;
    auto& match = output.matches_->emplace_back();
    match.eventNumber_ = number;
    match.eventMessage_ = message;
    match.extractedValues_ = pattern->extract(message);
  }
  return output;
}

}  // namespace

void registerMetricFilters(dispatch::Registry& registry) {
  registry.add<PutMetricFilter>(putMetricFilter);
  registry.add<DeleteMetricFilter>(deleteMetricFilter);
  registry.add<DescribeMetricFilters>(describeMetricFilters);
  registry.add<TestMetricFilter>(testMetricFilter);
}

}  // namespace thimble::services::logs
