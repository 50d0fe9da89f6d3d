// DescribeContributorInsights, UpdateContributorInsights, ListContributorInsights: what is chosen is kept and told, but
// nothing is reported to CloudWatch.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostListed = 100;
constexpr std::string_view kUsualMode = "ACCESSED_AND_THROTTLED_KEYS";

/// The keys of a table or of one of its global indexes; nothing when there is no such index.
std::optional<KeyNames> keysOf(const rows::Table& table, const std::string& index) {
  if (index.empty()) return keyNames(table);
  for (const rows::Index& row : table.indexes()) {
    if (row.global() && row.name() == index) return keyNames(row);
  }
  return std::nullopt;
}

base::ApiError indexNotFound(const std::string& index, const rows::Table& table) {
  return resourceNotFound("Requested resource not found: Index: " + index + " not found for table: " + table.name());
}

/// What each answer begins with.
Json named(const rows::Table& table, const std::string& index) {
  Json out = Json::object({{"TableName", table.name()}});
  if (!index.empty()) out.set("IndexName", index);
  return out;
}

Json ruleNames(const rows::Table& table, const std::string& index, const KeyNames& keys,
               const rows::Insights& insights) {
  const std::string end = table.name() + (index.empty() ? "" : "-" + index) + "-" + std::to_string(insights.changed());
  Json names = Json::array();
  const bool all = insights.mode() == kUsualMode;
  const auto add = [&](const char* kind) {
    names.push(std::string("DynamoDBContributorInsights-") + kind + "-" + end);
  };
  if (all) add("PKC");
  if (all && !keys.sort.empty()) add("SKC");
  add("PKT");
  if (!keys.sort.empty()) add("SKT");
  return names;
}

base::Result<Json> describe(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTableRow(context, input.stringAt("TableName")));
  const std::string index = input.stringAt("IndexName");
  const auto keys = keysOf(table, index);
  if (!keys) return indexNotFound(index, table);
  Json out = named(table, index);
  const auto found = table.insights().find(index);
  const bool on = found != table.insights().end() && found->second.on();
  out.set("ContributorInsightsStatus", on ? "ENABLED" : "DISABLED");
  if (found != table.insights().end()) out.set("LastUpdateDateTime", found->second.changed());
  if (on) {
    out.set("ContributorInsightsRuleList", ruleNames(table, index, *keys, found->second));
    out.set("ContributorInsightsMode", found->second.mode());
  }
  return out;
}

base::Result<Json> update(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
  const std::string index = input.stringAt("IndexName");
  if (!keysOf(table, index)) return indexNotFound(index, table);
  const bool on = input.stringAt("ContributorInsightsAction") == "ENABLE";
  rows::Insights& insights = (*table.mutable_insights())[index];
  const std::string mode = input.stringAt("ContributorInsightsMode");
  if (!mode.empty() || insights.mode().empty()) insights.set_mode(mode.empty() ? std::string(kUsualMode) : mode);
  insights.set_on(on);
  insights.set_changed(context.now().milliseconds);
  Json out = named(table, index);
  out.set("ContributorInsightsStatus", on ? "ENABLING" : "DISABLING");
  out.set("ContributorInsightsMode", insights.mode());
  saveTable(context, table);
  return out;
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::vector<rows::Table> tables;
  if (!input.stringAt("TableName").empty()) {
    TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
    tables.push_back(std::move(table));
  } else {
    for (auto& entry : kTables.scanAfter(context.transaction(), "", {}, context.account(), context.region())) {
      tables.push_back(std::move(entry.record));
    }
  }
  std::size_t limit = kMostListed;
  if (input["MaxResults"].isInt() && input["MaxResults"].asInt() > 0) {
    limit = std::min(limit, static_cast<std::size_t>(input["MaxResults"].asInt()));
  }
  // A token is the last table and index that were listed; neither name has a slash.
  const std::string after = input.stringAt("NextToken");
  Json summaries = Json::array();
  Json out = Json::object();
  std::string last;
  for (const rows::Table& table : tables) {
    const std::map<std::string, rows::Insights> ordered(table.insights().begin(), table.insights().end());
    for (const auto& [index, insights] : ordered) {
      const std::string place = table.name() + "/" + index;
      if (place <= after) continue;
      if (summaries.size() == limit) {
        out.set("NextToken", last);
        out.set("ContributorInsightsSummaries", std::move(summaries));
        return out;
      }
      last = place;
      Json summary = named(table, index);
      summary.set("ContributorInsightsStatus", insights.on() ? "ENABLED" : "DISABLED");
      summary.set("ContributorInsightsMode", insights.mode());
      summaries.push(std::move(summary));
    }
  }
  out.set("ContributorInsightsSummaries", std::move(summaries));
  return out;
}

}  // namespace

void registerContributorInsights(dispatch::Registry& registry) {
  addOperation(registry, "DescribeContributorInsights", describe);
  addOperation(registry, "UpdateContributorInsights", update);
  addOperation(registry, "ListContributorInsights", list);
}

}  // namespace thimble::services::dynamodb
