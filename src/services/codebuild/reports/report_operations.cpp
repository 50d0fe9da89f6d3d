// CreateReportGroup, UpdateReportGroup, DeleteReportGroup, BatchGetReportGroups, ListReportGroups, BatchGetReports,
// ListReports, ListReportsForReportGroup, DeleteReport, DescribeTestCases, DescribeCodeCoverages.
#include "base/encoding.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/reports/report_records.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

constexpr std::size_t kPage = 100;

base::ApiError groupNotFound(const std::string& arn) {
  return {"ResourceNotFoundException", "Report group cannot be found: " + arn, 400};
}
base::ApiError reportNotFound(const std::string& arn) {
  return {"ResourceNotFoundException", "Report cannot be found: " + arn, 400};
}

/// One page of a list, whose tokens are positions.
Outcome page(const std::vector<Json>& all, const Json& input, const char* member) {
  std::size_t begin = 0;
  if (const std::string token = input.stringAt("nextToken"); !token.empty()) {
    const std::string text = base::decodeBase64(token).value_or("");
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || text.size() > 9) {
      return invalidNextToken();
    }
    begin = std::stoul(text);
  }
  const std::size_t most = input["maxResults"].isInt() ? static_cast<std::size_t>(input["maxResults"].asInt()) : kPage;
  Json list = Json::array();
  std::size_t i = begin;
  for (; i < all.size() && i < begin + most; ++i) list.push(all[i]);
  Json output = Json::object({{member, std::move(list)}});
  if (i < all.size()) output.set("nextToken", base::encodeBase64(std::to_string(i)));
  return output;
}

std::vector<Json> arns(std::vector<Json> documents, const Json& input) {
  if (input.stringAt("sortOrder") == "ASCENDING") documents = {documents.rbegin(), documents.rend()};
  const std::string status = input["filter"].stringAt("status");
  std::vector<Json> out;
  for (const Json& each : documents) {
    if (status.empty() || each.stringAt("status") == status) out.push_back(each["arn"]);
  }
  return out;
}

base::Result<void> checkExport(const Json& config) {
  if (config.stringAt("exportConfigType") != "S3") return {};
  if (config["s3Destination"].stringAt("bucket").empty()) {
    return invalidInput("Invalid export configuration: s3Destination.bucket is required for the export type S3");
  }
  return {};
}

Outcome createReportGroup(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = input.stringAt("name");
  if (findReportGroup(context.transaction(), place, name)) {
    return base::ApiError{"ResourceAlreadyExistsException",
                          "Report group already exists: " + place.arn("report-group/" + name), 400};
  }
  TRY(checkExport(input["exportConfig"]));
  Json group = Json::object({{"arn", place.arn("report-group/" + name)},
                             {"name", name},
                             {"type", input["type"]},
                             {"exportConfig", input["exportConfig"]},
                             {"created", context.now().milliseconds},
                             {"lastModified", context.now().milliseconds},
                             {"tags", input.contains("tags") ? input["tags"] : Json::array()},
                             {"status", "ACTIVE"}});
  putReportGroup(context.transaction(), place, group);
  return Json::object({{"reportGroup", std::move(group)}});
}

Outcome updateReportGroup(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("arn");
  std::optional<Json> group = findReportGroup(context.transaction(), placeOf(context), reportGroupName(arn));
  if (!group) return groupNotFound(arn);
  TRY(checkExport(input["exportConfig"]));
  for (const char* member : {"exportConfig", "tags"}) {
    if (input.contains(member)) group->set(member, input[member]);
  }
  group->set("lastModified", context.now().milliseconds);
  putReportGroup(context.transaction(), placeOf(context), *group);
  return Json::object({{"reportGroup", *group}});
}

Outcome deleteReportGroup(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = reportGroupName(input.stringAt("arn"));
  const std::vector<Json> reports = listReports(context.transaction(), place, name);
  if (!reports.empty() && input["deleteReports"] != Json(true)) {
    return invalidInput("Report group contains reports and deleteReports is not set: " + input.stringAt("arn"));
  }
  for (const Json& report : reports) {
    eraseReport(context.transaction(), place, name, reportName(report.stringAt("arn")).second);
  }
  eraseReportGroup(context.transaction(), place, name);
  return Json::object();
}

Outcome batchGetReportGroups(dispatch::Context& context, const Json& input) {
  Json found = Json::array();
  Json missing = Json::array();
  for (const Json& arn : input["reportGroupArns"].asArray()) {
    const auto group = findReportGroup(context.transaction(), placeOf(context), reportGroupName(arn.asString()));
    group ? found.push(*group) : missing.push(arn);
  }
  return Json::object({{"reportGroups", std::move(found)}, {"reportGroupsNotFound", std::move(missing)}});
}

Outcome listAllReportGroups(dispatch::Context& context, const Json& input) {
  return page(arns(listReportGroups(context.transaction(), placeOf(context)), Json::object()), input, "reportGroups");
}

Outcome batchGetReports(dispatch::Context& context, const Json& input) {
  Json found = Json::array();
  Json missing = Json::array();
  for (const Json& arn : input["reportArns"].asArray()) {
    const auto [group, id] = reportName(arn.asString());
    const auto report = findReport(context.transaction(), placeOf(context), group, id);
    report ? found.push(*report) : missing.push(arn);
  }
  return Json::object({{"reports", std::move(found)}, {"reportsNotFound", std::move(missing)}});
}

Outcome listAllReports(dispatch::Context& context, const Json& input) {
  return page(arns(listReports(context.transaction(), placeOf(context), ""), input), input, "reports");
}

Outcome listReportsForReportGroup(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("reportGroupArn");
  const std::string name = reportGroupName(arn);
  if (!findReportGroup(context.transaction(), placeOf(context), name)) return groupNotFound(arn);
  return page(arns(listReports(context.transaction(), placeOf(context), name), input), input, "reports");
}

Outcome deleteReport(dispatch::Context& context, const Json& input) {
  const auto [group, id] = reportName(input.stringAt("arn"));
  eraseReport(context.transaction(), placeOf(context), group, id);
  return Json::object();
}

Outcome describeTestCases(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("reportArn");
  const auto [group, id] = reportName(arn);
  if (!findReport(context.transaction(), placeOf(context), group, id)) return reportNotFound(arn);
  std::vector<Json> cases;
  for (Json& each : listCases(context.transaction(), placeOf(context), group, id)) {
    const std::string status = input["filter"].stringAt("status");
    const std::string keyword = input["filter"].stringAt("keyword");
    if (!status.empty() && each.stringAt("status") != status) continue;
    if (!keyword.empty() &&
        (each.stringAt("prefix") + "." + each.stringAt("name")).find(keyword) == std::string::npos) {
      continue;
    }
    cases.push_back(std::move(each));
  }
  return page(cases, input, "testCases");
}

Outcome describeCodeCoverages(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("reportArn");
  const auto [group, id] = reportName(arn);
  if (!findReport(context.transaction(), placeOf(context), group, id)) return reportNotFound(arn);
  return page(listCases(context.transaction(), placeOf(context), group, id), input, "codeCoverages");
}

}  // namespace

void registerReports(dispatch::Registry& registry) {
  addOperation<shape::CreateReportGroup>(registry, createReportGroup);
  addOperation<shape::UpdateReportGroup>(registry, updateReportGroup);
  addOperation<shape::DeleteReportGroup>(registry, deleteReportGroup);
  addOperation<shape::BatchGetReportGroups>(registry, batchGetReportGroups);
  addOperation<shape::ListReportGroups>(registry, listAllReportGroups);
  addOperation<shape::BatchGetReports>(registry, batchGetReports);
  addOperation<shape::ListReports>(registry, listAllReports);
  addOperation<shape::ListReportsForReportGroup>(registry, listReportsForReportGroup);
  addOperation<shape::DeleteReport>(registry, deleteReport);
  addOperation<shape::DescribeTestCases>(registry, describeTestCases);
  addOperation<shape::DescribeCodeCoverages>(registry, describeCodeCoverages);
}

}  // namespace thimble::services::codebuild
