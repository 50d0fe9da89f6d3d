// ImportTable, DescribeImport, ListImports.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
#include "dispatch/call_record.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/import_process.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

// Of one page, when no size is asked for.
constexpr std::size_t kListed = 10;

/// What the description says of the request.
Json requested(const dispatch::Context& context, const Json& input) {
  Json out = Json::object({{"InputCompressionType", "NONE"}});
  for (const char* member : {"ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions",
                             "InputCompressionType", "TableCreationParameters"}) {
    if (input.contains(member)) out.set(member, input[member]);
  }
  Json source = out["S3BucketSource"];
  if (!source.contains("S3BucketOwner")) source.set("S3BucketOwner", context.account());
  out.set("S3BucketSource", std::move(source));
  return out;
}

/// The import that the token was used for before, if any. It stands for the new one whatever else is asked for, but not
/// once its table is made: then that is in the way.
base::Result<Json> findEarlier(dispatch::Context& context, const Json& description) {
  const std::string name = description["TableCreationParameters"].stringAt("TableName");
  for (const rows::Import& row : listImports(context.transaction(), context.account(), context.region(), "", "")) {
    Json earlier = *Json::parse(row.description());
    if (earlier.stringAt("ClientToken") != description.stringAt("ClientToken")) continue;
    if (earlier["TableCreationParameters"].stringAt("TableName") != name) {
      return base::ApiError{"ImportConflictException",
                            "Import conflict: Duplicate request detected with conflicting parameters", 400};
    }
    const auto table = kTables.get(context.transaction(), context.account(), context.region(), name);
    const bool in_the_way = table && table->status() != "DELETING" && earlier.stringAt("ImportStatus") != "IN_PROGRESS";
    return in_the_way ? Json() : std::move(earlier);
  }
  return Json();
}

base::Result<Json> importTable(dispatch::Context& context, const Json& input) {
  Json description = requested(context, input);
  if (!description.contains("ClientToken")) description.set("ClientToken", context.random().uuid());
  TRY_ASSIGN(Json earlier, findEarlier(context, description));
  if (!earlier.isNull()) return Json::object({{"ImportTableDescription", std::move(earlier)}});
  if (!input["InputFormatOptions"]["Csv"].isNull() && input.stringAt("InputFormat") != "CSV") {
    return validationException("Invalid Request: Unsupported InputFormatOptions for the given input format: " +
                               input.stringAt("InputFormat") + ".");
  }
  const Json& parameters = input["TableCreationParameters"];
  TRY(checkRules("CreateTable", parameters));
  TRY_ASSIGN(rows::Table table, makeTable(context, parameters));
  rows::Import row;
  row.set_arn(newPartArn(context, table, "import"));
  row.set_table_number(table.number());
  row.set_caller(dispatch::toRecord(context.call().identity).SerializeAsString());
  table.set_import_arn(row.arn());
  saveTable(context, table);
  description.set("ImportArn", row.arn());
  description.set("ImportStatus", "IN_PROGRESS");
  description.set("TableArn", tableArn(table));
  description.set("TableId", table.id());
  description.set("CloudWatchLogGroupArn", "arn:aws:logs:" + context.region() + ":" + context.account() +
                                               ":log-group:" + std::string(kImportLogGroup) + ":*");
  description.set("StartTime", context.now().milliseconds);
  for (const char* count : {"ErrorCount", "ProcessedSizeBytes", "ProcessedItemCount", "ImportedItemCount"}) {
    description.set(count, 0);
  }
  row.set_description(description.write());
  putImport(context.transaction(), row);
  context.start({std::string(kImportProcess), row.arn()}, Json());
  return Json::object({{"ImportTableDescription", std::move(description)}});
}

base::Result<Json> describeImport(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("ImportArn");
  const auto row = findImport(context.transaction(), arn);
  const auto name = partOf(arn, "import");
  if (!name) return validationException("Invalid Import ARN");
  if (!row || name->account != context.account() || name->region != context.region()) {
    return base::ApiError{"ImportNotFoundException", "Import not found: " + arn, 400};
  }
  return Json::object({{"ImportTableDescription", *Json::parse(row->description())}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::string table;
  if (!input.stringAt("TableArn").empty()) {
    TRY_ASSIGN(table, tableNameOf(context, input.stringAt("TableArn")));
  }
  std::size_t limit = kListed;
  if (input["PageSize"].isInt()) limit = static_cast<std::size_t>(input["PageSize"].asInt());
  Json summaries = Json::array();
  Json out = Json::object();
  for (const rows::Import& row : listImports(context.transaction(), context.account(), context.region(), table,
                                             textOfPageToken(input.stringAt("NextToken")))) {
    if (summaries.size() == limit) {
      out.set("NextToken", pageToken(summaries[limit - 1].stringAt("ImportArn")));
      break;
    }
    const Json description = *Json::parse(row.description());
    Json summary = Json::object();
    for (const char* member : {"ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "CloudWatchLogGroupArn",
                               "InputFormat", "StartTime", "EndTime"}) {
      if (description.contains(member)) summary.set(member, description[member]);
    }
    summaries.push(std::move(summary));
  }
  out.set("ImportSummaryList", std::move(summaries));
  return out;
}

}  // namespace

void registerImports(dispatch::Registry& registry) {
  addOperation(registry, "ImportTable", importTable);
  addOperation(registry, "DescribeImport", describeImport);
  addOperation(registry, "ListImports", list);
}

}  // namespace thimble::services::dynamodb
