// ExportTableToPointInTime, DescribeExport, ListExports.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
#include <algorithm>

#include "base/arn.h"
#include "base/json_binary.h"
#include "dispatch/call_record.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/export_filter.h"
#include "services/dynamodb/transfer/export_process.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

// Of one page, when no size is asked for.
constexpr std::size_t kListed = 10;
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kShortestSpan = 15 * 60 * kSecond;
constexpr std::int64_t kLongestSpan = 24 * 3600 * kSecond;

bool isIncremental(const Json& input) {
  return input.stringAt("ExportType") == "INCREMENTAL_EXPORT";
}

base::ApiError invalidTime(std::string message) {
  return {"InvalidExportTimeException", std::move(message), 400};
}

/// The description as it was asked for.
Json requested(const Json& input) {
  Json out = Json::object();
  for (const char* member : {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId",
                             "ExportFormat", "IncrementalExportSpecification", "FilterSpecification"}) {
    if (input.contains(member)) out.set(member, input[member]);
  }
  if (!out.contains("S3SseAlgorithm")) out.set("S3SseAlgorithm", "AES256");
  if (!out.contains("ExportFormat")) out.set("ExportFormat", "DYNAMODB_JSON");
  if (input.contains("ExportType")) out.set("ExportType", input["ExportType"]);
  return out;
}

/// What members may stand together.
base::Result<void> checkMembers(const Json& input) {
  const Json& span = input["IncrementalExportSpecification"];
  if (isIncremental(input)) {
    if (span.isNull()) {
      return validationException(
          "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export");
    }
    if (!span["ExportFromTime"].isInt()) {
      return validationException("Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification");
    }
  } else if (!span.isNull()) {
    return validationException(
        input.contains("ExportType")
            ? "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be "
              "provided"
            : "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is "
              "provided");
  }
  if (input.contains("S3SseKmsKeyId") && input.stringAt("S3SseAlgorithm") != "KMS") {
    return validationException("Invalid Request: KMS Key Id is not supported for this encryption type");
  }
  return {};
}

base::Result<rows::Table> findTable(dispatch::Context& context, const std::string& arn) {
  const auto parsed = base::parseArn(arn);
  if (!parsed) return invalidParameter("tableArn is not a valid ARN");
  constexpr std::string_view kTable = "table/";
  if (parsed->service != "dynamodb" || !parsed->resource.starts_with(kTable) ||
      parsed->resource.find('/', kTable.size()) != std::string::npos) {
    return validationException("Invalid Request: Table ARN is invalid.");
  }
  // Another region's is looked for here.
  if (parsed->region != context.region()) {
    return base::ApiError{"TableNotFoundException", "Table not found: " + arn, 400};
  }
  auto table = findTableRow(context, arn);
  if (!table.ok() && table.error().code == "ResourceNotFoundException") {
    return base::ApiError{"TableNotFoundException", "Table not found: " + arn, 400};
  }
  return table;
}

/// Members that are in `part` are the same in `whole`.
bool includes(const Json& whole, const Json& part) {
  for (const auto& [name, value] : part.asObject()) {
    if (value.isObject() && whole[name].isObject() ? !includes(whole[name], value) : whole[name] != value) return false;
  }
  return true;
}

/// Some clients tell whole seconds only, of which the first began before recovery did.
std::int64_t wholeSecond(std::int64_t time) {
  return time / kSecond * kSecond;
}

/// When the table is to be as it was.
base::Result<std::int64_t> readTime(const dispatch::Context& context, const rows::Table& table, const Json& time) {
  const std::int64_t now = context.now().milliseconds;
  if (!time.isInt()) return now;
  const std::int64_t earliest = earliestRestorable(table, context.now());
  if (time.asInt() > now || time.asInt() < wholeSecond(earliest)) return invalidTime("Export Time is invalid");
  return std::max(time.asInt(), earliest);
}

/// The specification of an increment with all its members.
base::Result<Json> readSpan(const dispatch::Context& context, const rows::Table& table, const Json& input) {
  const std::int64_t now = context.now().milliseconds;
  const std::int64_t from = input["ExportFromTime"].asInt();
  const std::int64_t to = input["ExportToTime"].isInt() ? input["ExportToTime"].asInt() : now;
  const std::int64_t earliest = table.recovery() ? earliestRestorable(table, context.now()) : table.created();
  const auto shown = [](std::int64_t time) { return base::formatIso8601Seconds(base::Timestamp{time}); };
  if (from < wholeSecond(earliest)) {
    return invalidTime("Incremental export period from time cannot be less than the table creation time : " +
                       shown(from));
  }
  if (to > now) {
    return invalidTime("Incremental export period to time cannot be greater than the current time : " + shown(to));
  }
  if (to - from < kShortestSpan) {
    return invalidTime("Difference between export period from time and export period to time is less than 15 minutes");
  }
  if (to - from > kLongestSpan) {
    return invalidTime("Difference between export period from time and export period to time is greater than 24 hours");
  }
  const std::string view = input.stringAt("ExportViewType");
  return Json::object(
      {{"ExportFromTime", from}, {"ExportToTime", to}, {"ExportViewType", view.empty() ? "NEW_AND_OLD_IMAGES" : view}});
}

base::Result<Json> exportTable(dispatch::Context& context, const Json& input) {
  TRY(checkMembers(input));
  TRY_ASSIGN(const rows::Table table, findTable(context, input.stringAt("TableArn")));
  TRY(ExportFilter::read(input["FilterSpecification"], *makeTableInfo(table.SerializeAsString())));
  Json description = requested(input);
  if (const std::string token = input.stringAt("ClientToken"); token.empty()) {
    description.set("ClientToken", context.random().uuid());
  } else {
    for (const rows::Export& row : listExports(context.transaction(), context.account(), context.region(), "", "")) {
      const Json earlier = describedExport(row);
      if (earlier.stringAt("ClientToken") != token) continue;
      const bool same = earlier.stringAt("TableArn") == tableArn(table) &&
                        earlier["FilterSpecification"] == description["FilterSpecification"];
      if (same && includes(earlier, description)) return Json::object({{"ExportDescription", earlier}});
      return base::ApiError{"ExportConflictException",
                            "Export conflict: Duplicate request detected with conflicting parameters", 400};
    }
  }
  if (isIncremental(input)) {
    TRY_ASSIGN(Json span, readSpan(context, table, input["IncrementalExportSpecification"]));
    description.set("IncrementalExportSpecification", std::move(span));
  }
  if (!table.recovery()) return recoveryUnavailable(table.name());
  if (!isIncremental(input)) {
    TRY_ASSIGN(const std::int64_t time, readTime(context, table, input["ExportTime"]));
    description.set("ExportTime", time);
  }
  rows::Export row;
  row.set_arn(newPartArn(context, table, "export"));
  row.set_table_number(table.number());
  row.set_caller(dispatch::toRecord(context.call().identity).SerializeAsString());
  description.set("ExportArn", row.arn());
  description.set("ExportStatus", "IN_PROGRESS");
  description.set("StartTime", context.now().milliseconds);
  description.set("TableArn", tableArn(table));
  description.set("TableId", table.id());
  Json text = description;
  text.erase("FilterSpecification");
  row.set_description(text.write());
  if (const Json* filter = description.find("FilterSpecification")) row.set_filter(base::encodeJsonBinary(*filter));
  putExport(context.transaction(), row);
  context.start({std::string(kExportProcess), row.arn()}, Json());
  return Json::object({{"ExportDescription", std::move(description)}});
}

base::Result<Json> describeExport(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("ExportArn");
  const auto row = findExport(context.transaction(), arn);
  const auto name = partOf(arn, "export");
  if (!name) return validationException("Invalid Export ARN");
  const auto notFound = [](const std::string& what) {
    return base::ApiError{"ExportNotFoundException", "Export not found: " + what, 400};
  };
  if (name->region != context.region()) return notFound("Invalid export arn");
  if (!row || name->account != context.account()) return notFound("Export not found: " + arn);
  return Json::object({{"ExportDescription", describedExport(*row)}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::string table;
  if (!input.stringAt("TableArn").empty()) {
    TRY_ASSIGN(table, tableNameOf(context, input.stringAt("TableArn")));
  }
  std::size_t limit = kListed;
  if (input["MaxResults"].isInt()) limit = static_cast<std::size_t>(input["MaxResults"].asInt());
  Json summaries = Json::array();
  Json out = Json::object();
  for (const rows::Export& row :
       listExports(context.transaction(), context.account(), context.region(), table, input.stringAt("NextToken"))) {
    if (summaries.size() == limit) {
      out.set("NextToken", summaries[limit - 1]["ExportArn"]);
      break;
    }
    const Json description = *Json::parse(row.description());
    summaries.push(Json::object({{"ExportArn", row.arn()},
                                 {"ExportStatus", description["ExportStatus"]},
                                 {"ExportType", description.stringAt("ExportType", "FULL_EXPORT")}}));
  }
  out.set("ExportSummaries", std::move(summaries));
  return out;
}

}  // namespace

void registerExports(dispatch::Registry& registry) {
  addOperation(registry, "ExportTableToPointInTime", exportTable);
  addOperation(registry, "DescribeExport", describeExport);
  addOperation(registry, "ListExports", list);
}

}  // namespace thimble::services::dynamodb
