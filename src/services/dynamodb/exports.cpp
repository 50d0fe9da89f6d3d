// ExportTableToPointInTime, DescribeExport, ListExports.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
#include <algorithm>

#include "dispatch/call_record.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/export_process.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/point_in_time.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostListed = 25;

base::ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + " of ExportTableToPointInTime.", 501};
}

/// The description as it was asked for.
Json requested(const Json& input) {
  Json out = Json::object();
  for (const char* member :
       {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId"}) {
    if (input.contains(member)) out.set(member, input[member]);
  }
  if (!out.contains("S3SseAlgorithm")) out.set("S3SseAlgorithm", "AES256");
  out.set("ExportFormat", "DYNAMODB_JSON");
  out.set("ExportType", "FULL_EXPORT");
  return out;
}

base::Result<rows::Table> findTable(dispatch::Context& context, const std::string& name_or_arn) {
  auto table = findTableRow(context, name_or_arn);
  if (!table.ok() && table.error().code == "ResourceNotFoundException") {
    return base::ApiError{"TableNotFoundException", "Table not found: " + name_or_arn, 400};
  }
  return table;
}

/// Members that are in `part` are the same in `whole`.
bool includes(const Json& whole, const Json& part) {
  for (const auto& [name, value] : part.asObject()) {
    if (whole[name] != value) return false;
  }
  return true;
}

/// When the table is to be as it was.
base::Result<std::int64_t> readTime(const dispatch::Context& context, const rows::Table& table, const Json& time) {
  const std::int64_t now = context.now().milliseconds;
  if (!time.isInt()) return now;
  // Some clients tell whole seconds only, of which the first began before recovery did.
  constexpr std::int64_t kSecond = 1000;
  const std::int64_t earliest = earliestRestorable(table, context.now());
  if (time.asInt() > now || time.asInt() < earliest / kSecond * kSecond) {
    return base::ApiError{"InvalidExportTimeException",
                          "The specified ExportTime is outside of the point in time recovery window", 400};
  }
  return std::max(time.asInt(), earliest);
}

base::Result<Json> exportTable(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTable(context, input.stringAt("TableArn")));
  if (input.stringAt("ExportType") == "INCREMENTAL_EXPORT") return notImplemented("incremental exports");
  if (input.stringAt("ExportFormat") == "ION") return notImplemented("the format ION");
  if (!table.recovery()) return recoveryUnavailable(table.name());
  Json description = requested(input);
  if (const std::string token = input.stringAt("ClientToken"); token.empty()) {
    description.set("ClientToken", context.random().uuid());
  } else {
    for (const rows::Export& row :
         listExports(context.transaction(), context.account(), context.region(), table.name(), "")) {
      const Json earlier = *Json::parse(row.description());
      if (earlier.stringAt("ClientToken") != token) continue;
      if (includes(earlier, description)) return Json::object({{"ExportDescription", earlier}});
      return base::ApiError{"ExportConflictException",
                            "There was a conflict when writing to the specified S3 bucket: the ClientToken was used "
                            "for another export",
                            400};
    }
  }
  TRY_ASSIGN(const std::int64_t time, readTime(context, table, input["ExportTime"]));
  rows::Export row;
  row.set_arn(newPartArn(context, table, "export"));
  row.set_table_number(table.number());
  row.set_caller(dispatch::toRecord(context.call().identity).SerializeAsString());
  description.set("ExportArn", row.arn());
  description.set("ExportStatus", "IN_PROGRESS");
  description.set("StartTime", context.now().milliseconds);
  description.set("ExportTime", time);
  description.set("TableArn", tableArn(table));
  description.set("TableId", table.id());
  row.set_description(description.write());
  putExport(context.transaction(), row);
  context.start({std::string(kExportProcess), row.arn()}, Json());
  return Json::object({{"ExportDescription", std::move(description)}});
}

base::Result<Json> describeExport(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("ExportArn");
  const auto row = findExport(context.transaction(), arn);
  const auto name = partOf(arn, "export");
  if (!row || name->account != context.account() || name->region != context.region()) {
    return base::ApiError{"ExportNotFoundException", "Export not found: " + arn, 400};
  }
  return Json::object({{"ExportDescription", *Json::parse(row->description())}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::string table;
  if (!input.stringAt("TableArn").empty()) {
    TRY_ASSIGN(table, tableNameOf(context, input.stringAt("TableArn")));
  }
  std::size_t limit = kMostListed;
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
                                 {"ExportType", description["ExportType"]}}));
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
