// CreateBackup, DescribeBackup, ListBackups, DeleteBackup.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
#include "base/time.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/backup_process.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/table_process.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostListed = 100;
// Of "2026-10-08T23:07:38.207".
constexpr std::size_t kTimeLength = 23;

std::string typeOf(const rows::Backup& backup) {
  return backup.system() ? "SYSTEM" : "USER";
}

Json details(const rows::Backup& backup) {
  Json out = Json::object({{"BackupArn", backup.arn()},
                           {"BackupName", backup.name()},
                           {"BackupSizeBytes", backup.size()},
                           {"BackupStatus", backup.status()},
                           {"BackupType", typeOf(backup)},
                           {"BackupCreationDateTime", backup.created()}});
  if (backup.system()) out.set("BackupExpiryDateTime", expiryOf(backup));
  return out;
}

/// Indexes as a backup's description shows them.
Json indexInfos(const Json& indexes, bool global) {
  Json out = Json::array();
  for (const Json& index : indexes.asArray()) {
    Json info = Json::object(
        {{"IndexName", index["IndexName"]}, {"KeySchema", index["KeySchema"]}, {"Projection", index["Projection"]}});
    if (global) {
      info.set("ProvisionedThroughput",
               Json::object({{"ReadCapacityUnits", index["ProvisionedThroughput"]["ReadCapacityUnits"]},
                             {"WriteCapacityUnits", index["ProvisionedThroughput"]["WriteCapacityUnits"]}}));
    }
    out.push(std::move(info));
  }
  return out;
}

Json vectorIndexInfos(const Json& indexes) {
  Json out = Json::array();
  for (const Json& index : indexes.asArray()) {
    Json info = Json::object();
    for (const char* member :
         {"IndexName", "VectorAttribute", "SearchSchema", "Projection", "Dimensions", "DistanceFunction"}) {
      if (index.contains(member)) info.set(member, index[member]);
    }
    out.push(std::move(info));
  }
  return out;
}

Json description(const rows::Backup& backup) {
  const rows::Table& table = backup.table();
  const Json shown = describeTable(table);
  Json source =
      Json::object({{"TableName", table.name()},
                    {"TableId", table.id()},
                    {"TableArn", tableArn(table)},
                    {"TableSizeBytes", backup.size()},
                    {"KeySchema", shown["KeySchema"]},
                    {"TableCreationDateTime", table.created()},
                    {"ProvisionedThroughput", Json::object({{"ReadCapacityUnits", table.throughput().read()},
                                                            {"WriteCapacityUnits", table.throughput().write()}})},
                    {"ItemCount", backup.items()},
                    {"BillingMode", table.billing()}});
  Json features = Json::object();
  if (shown["LocalSecondaryIndexes"].isArray()) {
    features.set("LocalSecondaryIndexes", indexInfos(shown["LocalSecondaryIndexes"], false));
  }
  if (shown["GlobalSecondaryIndexes"].isArray()) {
    features.set("GlobalSecondaryIndexes", indexInfos(shown["GlobalSecondaryIndexes"], true));
  }
  if (shown["VectorIndexes"].isArray()) features.set("VectorIndexes", vectorIndexInfos(shown["VectorIndexes"]));
  if (shown["StreamSpecification"].isObject()) features.set("StreamDescription", shown["StreamSpecification"]);
  if (!table.ttl_attribute().empty()) {
    features.set("TimeToLiveDescription",
                 Json::object({{"TimeToLiveStatus", "ENABLED"}, {"AttributeName", table.ttl_attribute()}}));
  }
  if (shown["SSEDescription"].isObject()) features.set("SSEDescription", shown["SSEDescription"]);
  return Json::object({{"BackupDetails", details(backup)},
                       {"SourceTableDetails", std::move(source)},
                       {"SourceTableFeatureDetails", std::move(features)}});
}

base::Result<Json> createBackup(dispatch::Context& context, const Json& input) {
  auto table = findTableRow(context, input.stringAt("TableName"));
  if (!table.ok()) {
    if (table.error().code != "ResourceNotFoundException") return table.error();
    return base::ApiError{"TableNotFoundException", "Table not found: " + input.stringAt("TableName"), 400};
  }
  if (table->status() == "CREATING" && settle(*table, context.now())) saveTable(context, *table);
  if (table->status() == "CREATING") {
    return base::ApiError{"TableNotFoundException", "Table not found: " + table->name(), 400};
  }
  if (table->status() == "DELETING") {
    return base::ApiError{"TableInUseException", "Table is not in ACTIVE state: " + table->name(), 400};
  }
  const rows::Backup backup = beginBackup(context, *table, input.stringAt("BackupName"), false);
  return Json::object({{"BackupDetails", details(backup)}});
}

base::Result<Json> describeBackup(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Backup backup, backupOf(context, input.stringAt("BackupArn")));
  return Json::object({{"BackupDescription", description(backup)}});
}

base::Result<Json> deleteBackup(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Backup backup, backupOf(context, input.stringAt("BackupArn")));
  if (backup.system()) {
    return validationException("User is not allowed to delete the system backup with arn " + backup.arn() +
                               ". It will automatically expire on " +
                               base::formatIso8601Milliseconds({expiryOf(backup)}).substr(0, kTimeLength));
  }
  if (backup.status() == "CREATING") {
    return base::ApiError{"BackupInUseException", "Backup is being created: " + backup.arn(), 400};
  }
  if (isInUse(context.transaction(), backup)) {
    return base::ApiError{"BackupInUseException", "Backup is being used to restore table: " + backup.arn(), 400};
  }
  eraseBackup(context.transaction(), backup);
  if (backup.own_blob()) {
    context.signal({std::string(kBackupProcess), backup.arn()},
                   removeBlob(backup.blob(), context.account(), context.region()));
  }
  backup.set_status("DELETED");
  return Json::object({{"BackupDescription", description(backup)}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::string table;
  if (!input.stringAt("TableName").empty()) {
    TRY_ASSIGN(table, tableNameOf(context, input.stringAt("TableName")));
  }
  if (input["TimeRangeLowerBound"].isInt() && input["TimeRangeUpperBound"].isInt() &&
      input["TimeRangeLowerBound"].asInt() > input["TimeRangeUpperBound"].asInt()) {
    return invalidParameter("Time range lower bound must be less than or equal to upper bound");
  }
  std::size_t limit = kMostListed;
  if (input["Limit"].isInt()) limit = static_cast<std::size_t>(input["Limit"].asInt());
  const std::string type = input.stringAt("BackupType", "USER");
  Json summaries = Json::array();
  Json out = Json::object();
  for (const rows::Backup& backup : listBackups(context.transaction(), context.account(), context.region(), table,
                                                input.stringAt("ExclusiveStartBackupArn"))) {
    // Those of restorations are nobody's.
    if (backup.at() != 0) continue;
    if (type != typeOf(backup) && type != "ALL") continue;
    const Json& from = input["TimeRangeLowerBound"];
    const Json& to = input["TimeRangeUpperBound"];
    if ((from.isInt() && backup.created() < from.asInt()) || (to.isInt() && backup.created() >= to.asInt())) continue;
    if (summaries.size() == limit) {
      out.set("LastEvaluatedBackupArn", summaries[limit - 1]["BackupArn"]);
      break;
    }
    Json summary = details(backup);
    summary.set("TableName", backup.table().name());
    summary.set("TableId", backup.table().id());
    summary.set("TableArn", tableArn(backup.table()));
    summaries.push(std::move(summary));
  }
  out.set("BackupSummaries", std::move(summaries));
  return out;
}

}  // namespace

void registerBackups(dispatch::Registry& registry) {
  addOperation(registry, "CreateBackup", createBackup);
  addOperation(registry, "DescribeBackup", describeBackup);
  addOperation(registry, "ListBackups", list);
  addOperation(registry, "DeleteBackup", deleteBackup);
}

}  // namespace thimble::services::dynamodb
