#include "services/codebuild/reports/report_records.h"

#include <algorithm>

#include "services/codebuild/document_rows.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;
using rows::Record;

constexpr store::Table<Record> kGroups("codebuild.report_group");
constexpr store::Table<Record> kReports("codebuild.report");
constexpr store::Table<Record> kCases("codebuild.report_case");

/// AWS keeps reports for 30 days.
constexpr std::int64_t kKeptMilliseconds = 30LL * 24 * 3600 * 1000;

Json testSummary(const Json& cases) {
  Json counts = Json::object({{"SUCCEEDED", 0}, {"FAILED", 0}, {"ERROR", 0}, {"SKIPPED", 0}, {"UNKNOWN", 0}});
  std::int64_t duration = 0;
  for (const Json& each : cases.asArray()) {
    const std::string status = each.stringAt("status");
    counts.set(status, counts[status].asInt() + 1);
    duration += each["durationInNanoSeconds"].asInt();
  }
  return Json::object({{"total", static_cast<std::int64_t>(cases.size())},
                       {"statusCounts", std::move(counts)},
                       {"durationInNanoSeconds", duration}});
}

double percentage(std::int64_t covered, std::int64_t missed) {
  return covered + missed == 0 ? 0 : static_cast<double>(covered) * 100 / static_cast<double>(covered + missed);
}

Json coverageSummary(const Json& cases) {
  std::int64_t sums[4] = {};
  const char* const members[4] = {"linesCovered", "linesMissed", "branchesCovered", "branchesMissed"};
  for (const Json& each : cases.asArray()) {
    for (int i = 0; i < 4; ++i) sums[i] += each[members[i]].asInt();
  }
  Json out = Json::object({{"lineCoveragePercentage", percentage(sums[0], sums[1])},
                           {"branchCoveragePercentage", percentage(sums[2], sums[3])}});
  for (int i = 0; i < 4; ++i) out.set(members[i], sums[i]);
  return out;
}

}  // namespace

std::optional<Json> findReportGroup(store::Transaction& transaction, const Place& place, const std::string& name) {
  const auto row = kGroups.get(transaction, place.account, place.region, name);
  return unpackFound(row);
}

void putReportGroup(store::Transaction& transaction, const Place& place, const Json& group) {
  kGroups.put(transaction, pack(group), place.account, place.region, group.stringAt("name"));
}

void eraseReportGroup(store::Transaction& transaction, const Place& place, const std::string& name) {
  kGroups.erase(transaction, place.account, place.region, name);
}

std::vector<Json> listReportGroups(store::Transaction& transaction, const Place& place) {
  std::vector<Json> out;
  for (const auto& entry : kGroups.scan(transaction, {}, place.account, place.region))
    out.push_back(unpack(entry.record));
  return out;
}

std::optional<Json> findReport(store::Transaction& transaction, const Place& place, const std::string& group,
                               const std::string& id) {
  const auto row = kReports.get(transaction, place.account, place.region, group, id);
  return unpackFound(row);
}

std::vector<Json> listReports(store::Transaction& transaction, const Place& place, const std::string& group) {
  std::vector<Json> out;
  const auto rows = group.empty() ? kReports.scan(transaction, {}, place.account, place.region)
                                  : kReports.scan(transaction, {}, place.account, place.region, group);
  for (const auto& entry : rows) out.push_back(unpack(entry.record));
  std::stable_sort(out.begin(), out.end(), [](const Json& left, const Json& right) {
    return left["created"].asInt() > right["created"].asInt();
  });
  return out;
}

void eraseReport(store::Transaction& transaction, const Place& place, const std::string& group, const std::string& id) {
  kReports.erase(transaction, place.account, place.region, group, id);
  for (std::int64_t i = 0; kCases.has(transaction, place.account, place.region, group, id, i); ++i) {
    kCases.erase(transaction, place.account, place.region, group, id, i);
  }
}

std::vector<Json> listCases(store::Transaction& transaction, const Place& place, const std::string& group,
                            const std::string& id) {
  std::vector<Json> out;
  for (const auto& entry : kCases.scan(transaction, {}, place.account, place.region, group, id)) {
    out.push_back(unpack(entry.record));
  }
  return out;
}

std::string reportGroupName(const std::string& arn) {
  const std::size_t at = arn.find(":report-group/");
  return at == std::string::npos ? std::string() : arn.substr(at + std::string(":report-group/").size());
}

std::pair<std::string, std::string> reportName(const std::string& arn) {
  const std::size_t at = arn.find(":report/");
  if (at == std::string::npos) return {};
  const std::string name = arn.substr(at + std::string(":report/").size());
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return {};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

std::string reportGroupOf(const std::string& project, const std::string& named) {
  return named.compare(0, 4, "arn:") == 0 ? reportGroupName(named) : project + "-" + named;
}

std::string addReport(store::Transaction& transaction, const Place& place, const Json& build, const Json& told,
                      base::Timestamp now) {
  const std::string type = told.stringAt("Type");
  const std::string id = told.stringAt("Id");
  const std::string name = reportGroupOf(build.stringAt("projectName"), told.stringAt("Group"));
  std::optional<Json> group = findReportGroup(transaction, place, name);
  if (!group) {
    group = Json::object({{"arn", place.arn("report-group/" + name)},
                          {"name", name},
                          {"type", type},
                          {"exportConfig", Json::object({{"exportConfigType", "NO_EXPORT"}})},
                          {"created", now.milliseconds},
                          {"lastModified", now.milliseconds},
                          {"tags", Json::array()},
                          {"status", "ACTIVE"}});
    putReportGroup(transaction, place, *group);
  }
  const std::string arn = place.arn("report/" + name + ":" + id);
  std::int64_t index = 0;
  bool failed = false;
  for (Json each : told["Cases"].asArray()) {
    each.set(type == "TEST" ? "reportArn" : "reportARN", arn);
    each.set("expired", now.milliseconds + kKeptMilliseconds);
    if (type != "TEST") each.set("id", id + "-" + std::to_string(index));
    failed = failed || each.stringAt("status") == "FAILED" || each.stringAt("status") == "ERROR";
    kCases.put(transaction, pack(each), place.account, place.region, name, id, index++);
  }
  Json report = Json::object({{"arn", arn},
                              {"type", type},
                              {"name", name + ":" + id},
                              {"reportGroupArn", place.arn("report-group/" + name)},
                              {"executionId", build.stringAt("arn")},
                              {"status", told.contains("Incomplete") ? "INCOMPLETE"
                                         : failed                    ? "FAILED"
                                                                     : "SUCCEEDED"},
                              {"created", now.milliseconds},
                              {"expired", now.milliseconds + kKeptMilliseconds},
                              {"exportConfig", (*group)["exportConfig"]},
                              {"truncated", told["Truncated"]}});
  report.set(type == "TEST" ? "testSummary" : "codeCoverageSummary",
             type == "TEST" ? testSummary(told["Cases"]) : coverageSummary(told["Cases"]));
  kReports.put(transaction, pack(report), place.account, place.region, name, id);
  return arn;
}

}  // namespace thimble::services::codebuild
