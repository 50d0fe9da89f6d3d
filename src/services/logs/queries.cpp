// StartQuery, DescribeQueries, GetQueryResults, StopQuery, ListLogGroupsForQuery. A query is looked up when its results
// are asked for, so it is complete at once.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html and the pages beside it
#include <algorithm>

#include "base/encoding.h"
#include "services/logs/errors.h"
#include "services/logs/event_key.h"
#include "services/logs/groups.h"
#include "services/logs/insights_query.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using namespace shapes::logs;  // NOLINT: the operations of this file
using base::Result;
using dispatch::Context;

constexpr std::size_t kDefaultLimit = 10'000;
constexpr std::size_t kMaxScanned = 200'000;
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kQueriesKept = 1000;

Result<std::vector<std::string>> groupsOf(const StartQuery::Input& input) {
  const int ways =
      (input.logGroupName_ ? 1 : 0) + (input.logGroupNames_ ? 1 : 0) + (input.logGroupIdentifiers_ ? 1 : 0);
  if (ways != 1) {
    return invalidParameter("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers has to be given.");
  }
  if (input.logGroupName_) return std::vector<std::string>{*input.logGroupName_};
  std::vector<std::string> groups;
  for (const std::string& each : input.logGroupNames_ ? *input.logGroupNames_ : *input.logGroupIdentifiers_) {
    TRY_ASSIGN(std::string name, groupName(std::nullopt, each));
    groups.push_back(std::move(name));
  }
  return groups;
}

Result<StartQuery::Output> start(Context& context, const StartQuery::Input& input) {
  if (input.queryLanguage_.value_or("CWLI") != "CWLI") {
    return base::ApiError{"NotImplemented", "Thimble does not implement queries in " + *input.queryLanguage_ + " yet.",
                          501};
  }
  TRY_ASSIGN(const auto groups, groupsOf(input));
  for (const std::string& group : groups) {
    TRY(context.authorise("logs:StartQuery", groupArn(context, group) + ":*"));
    if (!kGroups.has(context.transaction(), context.account(), context.region(), group)) {
      return resourceNotFound("Log group '" + group + "' does not exist for account ID '" + context.account() + "'");
    }
  }
  if (input.startTime_ > input.endTime_) return invalidParameter("The start time has to be before the end time.");
  TRY(InsightsQuery::parse(input.queryString_));
  const auto kept = kQueries.scan(context.transaction(), {}, context.account(), context.region());
  if (kept.size() >= kQueriesKept) {
    const auto oldest = std::min_element(kept.begin(), kept.end(), [](const auto& left, const auto& right) {
      return left.record.created() < right.record.created();
    });
    context.transaction().erase(oldest->key);
  }
  rows::QueryRecord query;
  query.set_id(context.random().uuid());
  for (const std::string& group : groups) query.add_groups(group);
  query.set_text(input.queryString_);
  query.set_start(input.startTime_);
  query.set_end(input.endTime_);
  query.set_limit(input.limit_.value_or(0));
  query.set_created(context.now().milliseconds);
  kQueries.put(context.transaction(), query, context.account(), context.region(), query.id());
  StartQuery::Output output;
  output.queryId_ = query.id();
  return output;
}

constexpr const char* kStatus = "Complete";

Result<DescribeQueries::Output> describe(Context& context, const DescribeQueries::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.maxResults_.value_or(1000));
  DescribeQueries::Output output;
  output.queries_.emplace();
  for (const auto& entry : kQueries.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::QueryRecord& query = entry.record;
    if (!after.empty() && query.id() <= after) continue;
    if (input.logGroupName_ &&
        std::find(query.groups().begin(), query.groups().end(), *input.logGroupName_) == query.groups().end()) {
      continue;
    }
    if (input.status_ && *input.status_ != kStatus) continue;
    if (input.queryLanguage_ && *input.queryLanguage_ != "CWLI") continue;
    if (output.queries_->size() == limit) {
      output.nextToken_ = pageToken(*output.queries_->back().queryId_);
      break;
    }
    std::string sources;
    for (const std::string& group : query.groups()) sources += (sources.empty() ? "\"" : ", \"") + group + "\"";
    auto& shown = output.queries_->emplace_back();
    shown.queryLanguage_ = "CWLI";
    shown.queryId_ = query.id();
    shown.queryString_ = "SOURCE " + sources + " START=" + std::to_string(query.start()) +
                         "000 END=" + std::to_string(query.end()) + "999 | " + query.text();
    shown.status_ = kStatus;
    shown.createTime_ = query.created();
    if (query.groups_size() == 1) shown.logGroupName_ = query.groups(0);
  }
  return output;
}

struct Scan {
  std::vector<InsightsRecord> admitted;
  std::size_t events = 0;
  std::size_t bytes = 0;
};

void scanGroup(Context& context, const rows::QueryRecord& query, const InsightsQuery& parsed, const std::string& group,
               Scan& scan) {
  const std::string log = context.account() + ":" + group;
  for (const auto& stream : kStreams.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    const std::string& id = stream.record.id();
    store::Range range{kEvents.key(id, query.start() * 1000).bytes(),
                       kEvents.key(id, query.end() * 1000 + 1000).bytes()};
    while (scan.events < kMaxScanned) {
      const auto batch = kEvents.scanRange(context.transaction(), range, {.limit = kBatch});
      for (const auto& entry : batch) {
        const EventPosition position = positionOfKey(entry.key);
        ++scan.events;
        scan.bytes += entry.record.message().size();
        InsightsRecord record = insightsRecord(position.timestamp, entry.record.ingestion(), entry.record.message(),
                                               stream.record.name(), log, base::encodeBase64(eventId(id, position)));
        if (parsed.admits(record)) scan.admitted.push_back(std::move(record));
      }
      if (batch.size() < kBatch) break;
      range.begin = batch.back().key + '\0';
    }
  }
}

Result<GetQueryResults::Output> results(Context& context, const GetQueryResults::Input& input) {
  const auto query = kQueries.get(context.transaction(), context.account(), context.region(), input.queryId_);
  if (!query) return resourceNotFound("The specified query does not exist.");
  TRY_ASSIGN(const InsightsQuery parsed, InsightsQuery::parse(query->text()));
  Scan scan;
  for (const std::string& group : query->groups()) {
    TRY(context.authorise("logs:GetQueryResults", groupArn(context, group) + ":*"));
    scanGroup(context, *query, parsed, group, scan);
  }
  std::stable_sort(scan.admitted.begin(), scan.admitted.end(), [](const InsightsRecord& a, const InsightsRecord& b) {
    return a.find("@timestamp")->second > b.find("@timestamp")->second;
  });
  GetQueryResults::Output output;
  output.queryLanguage_ = "CWLI";
  output.status_ = kStatus;
  output.statistics_.emplace();
  output.statistics_->recordsMatched_ = static_cast<double>(scan.admitted.size());
  output.statistics_->recordsScanned_ = static_cast<double>(scan.events);
  output.statistics_->bytesScanned_ = static_cast<double>(scan.bytes);
  output.statistics_->logGroupsScanned_ = static_cast<double>(query->groups_size());
  output.results_.emplace();
  const std::size_t limit = query->limit() == 0 ? kDefaultLimit : static_cast<std::size_t>(query->limit());
  for (const InsightsQuery::Row& row : parsed.run(std::move(scan.admitted), limit)) {
    auto& shown = output.results_->emplace_back();
    for (const auto& [field, value] : row) {
      auto& cell = shown.emplace_back();
      cell.field_ = field;
      cell.value_ = value;
    }
  }
  return output;
}

Result<StopQuery::Output> stop(Context& context, const StopQuery::Input& input) {
  const auto query = kQueries.get(context.transaction(), context.account(), context.region(), input.queryId_);
  if (!query) return resourceNotFound("The specified query does not exist.");
  return invalidParameter("Query with ID " + input.queryId_ + " has already ended.");
}

Result<ListLogGroupsForQuery::Output> listGroups(Context& context, const ListLogGroupsForQuery::Input& input) {
  const auto query = kQueries.get(context.transaction(), context.account(), context.region(), input.queryId_);
  if (!query) return resourceNotFound("The specified query does not exist.");
  ListLogGroupsForQuery::Output output;
  output.logGroupIdentifiers_.emplace(query->groups().begin(), query->groups().end());
  return output;
}

}  // namespace

void registerQueries(dispatch::Registry& registry) {
  registry.add<StartQuery>(start);
  registry.add<DescribeQueries>(describe);
  registry.add<GetQueryResults>(results);
  registry.add<StopQuery>(stop);
  registry.add<ListLogGroupsForQuery>(listGroups);
}

}  // namespace thimble::services::logs
