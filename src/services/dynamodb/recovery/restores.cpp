// RestoreTableFromBackup, RestoreTableToPointInTime.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/backup_process.h"
#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/vectors/vector_schema.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::int64_t kSecond = 1000;

base::Result<void> checkOverrides(const Json& input) {
  for (const char* each : {"GlobalSecondaryIndexOverride", "LocalSecondaryIndexOverride", "VectorIndexOverride",
                           "ProvisionedThroughputOverride", "OnDemandThroughputOverride", "SSESpecificationOverride"}) {
    if (!input[each].isNull()) return validationException(std::string(each) + " is not supported by Thimble.");
  }
  return {};
}

/// The table that is to be filled, from the row of the one that it was.
base::Result<rows::Table> makeTarget(dispatch::Context& context, const rows::Table& source, const Json& input) {
  const std::string name = input.stringAt("TargetTableName");
  if (kTables.has(context.transaction(), context.account(), context.region(), name)) {
    return base::ApiError{"TableAlreadyExistsException", "Table already exists: " + name, 400};
  }
  rows::Table table = source;
  // Neither streams, time to live, tags, policies, alarms nor recovery settings come back.
  table.clear_stream_view();
  table.clear_stream_label();
  table.clear_stream_number();
  table.clear_ttl_attribute();
  table.clear_ttl_building();
  table.clear_recovery();
  table.clear_tags();
  table.clear_policy();
  table.clear_policy_revision();
  table.clear_insights();
  table.clear_deletion_protection();
  table.clear_pending();
  table.clear_changing();
  table.clear_sse_changing();
  table.set_name(name);
  table.set_number(takeNumber(context.transaction()));
  table.set_id(context.random().uuid());
  table.set_created(context.now().milliseconds);
  table.set_status("CREATING");
  if (const std::string billing = input.stringAt("BillingModeOverride"); !billing.empty()) {
    if (billing == "PROVISIONED") TRY(checkMayBeProvisioned(source));
    table.set_billing(billing);
    table.set_billing_shown(true);
    if (billing == "PAY_PER_REQUEST") table.clear_throughput();
  }
  for (int i = table.indexes_size() - 1; i >= 0; --i) {
    rows::Index& index = *table.mutable_indexes(i);
    if (index.status() == "DELETING") {
      table.mutable_indexes()->DeleteSubrange(i, 1);
    } else {
      // The items come with their entries.
      index.set_backfilling(false);
      index.clear_pending();
      if (index.global() || index.has_vector()) index.set_status("CREATING");
    }
  }
  table.set_restored_table(tableArn(source));
  return table;
}

base::Result<Json> restoreFromBackup(dispatch::Context& context, const Json& input) {
  TRY(checkOverrides(input));
  TRY_ASSIGN(const rows::Backup backup, backupOf(context, input.stringAt("BackupArn")));
  if (backup.status() != "AVAILABLE") {
    return base::ApiError{"BackupInUseException", "Backup is being created: " + backup.arn(), 400};
  }
  if (isInUse(context.transaction(), backup)) {
    return base::ApiError{"BackupInUseException", "Backup is being used to restore another table: " + backup.arn(),
                          400};
  }
  TRY_ASSIGN(rows::Table table, makeTarget(context, backup.table(), input));
  table.set_restored_from(backup.arn());
  table.set_restored_at(context.now().milliseconds);
  table.set_restore_blob(backup.blob());
  saveTable(context, table);
  context.start({std::string(kRestoreProcess), tableProcess(table).id}, Json());
  return Json::object({{"TableDescription", describeTable(table)}});
}

/// The instant that is asked for, in milliseconds.
base::Result<std::int64_t> pointOf(const dispatch::Context& context, const rows::Table& source, const Json& input) {
  const Json& given = input["RestoreDateTime"];
  const bool latest = input["UseLatestRestorableTime"].isBool() && input["UseLatestRestorableTime"].asBool();
  if (latest) return context.now().milliseconds;
  // Clients send whole seconds: the one in which the time begins is meant as that time.
  const std::int64_t earliest = earliestRestorable(source, context.now());
  const std::int64_t at = std::max(given.asInt(), given.asInt() / kSecond == earliest / kSecond ? earliest : 0);
  if (at < earliest || at > context.now().milliseconds) {
    return base::ApiError{"InvalidRestoreTimeException",
                          "An invalid restore time was specified. RestoreDateTime must be between "
                          "EarliestRestorableDateTime and LatestRestorableDateTime.",
                          400};
  }
  return at;
}

base::Result<Json> restoreToPointInTime(dispatch::Context& context, const Json& input) {
  TRY(checkOverrides(input));
  const std::string arn = input.stringAt("SourceTableArn");
  const std::string name = input.stringAt("SourceTableName");
  if (!arn.empty() && !name.empty()) {
    return validationException("Must provide exactly one of: sourceTableArn, sourceTableName");
  }
  const std::string asked = arn.empty() ? name : arn;
  if (asked.empty()) {
    return validationException("The parameter 'TableName' is required but was not present in the request");
  }
  const bool latest = input["UseLatestRestorableTime"].isBool() && input["UseLatestRestorableTime"].asBool();
  if (latest && input["RestoreDateTime"].isInt()) {
    return validationException("Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set");
  }
  if (!latest && !input["RestoreDateTime"].isInt()) {
    return validationException(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both");
  }
  TRY(authoriseTable(context, "dynamodb:RestoreTableToPointInTime", asked));
  TRY(authoriseTable(context, "dynamodb:RestoreTableToPointInTime", input.stringAt("TargetTableName")));
  auto source = findTableRow(context, asked);
  if (!source.ok()) {
    if (source.error().code != "ResourceNotFoundException") return source.error();
    return base::ApiError{"TableNotFoundException", "Table not found: " + asked, 400};
  }
  if (!source->recovery()) {
    return recoveryUnavailable(source->name());
  }
  if (source->status() == "DELETING") {
    return base::ApiError{"TableInUseException", "Table is not in ACTIVE state: " + source->name(), 400};
  }
  TRY_ASSIGN(const std::int64_t at, pointOf(context, *source, input));
  TRY_ASSIGN(rows::Table table, makeTarget(context, *source, input));
  // 1. A backup of that instant is written, which nobody sees.
  rows::Backup point;
  point.set_arn(newPartArn(context, *source, "backup"));
  point.set_created(context.now().milliseconds);
  point.set_status("CREATING");
  point.set_at(at);
  point.set_target(table.name());
  *point.mutable_table() = *source;
  putBackup(context.transaction(), point);
  // 2. When it is there it fills the table, and goes.
  table.set_restored_from(table.restored_table());
  table.set_restored_at(at);
  table.set_restore_point(point.arn());
  saveTable(context, table);
  context.start({std::string(kBackupProcess), point.arn()}, Json());
  return Json::object({{"TableDescription", describeTable(table)}});
}

}  // namespace

base::Result<rows::Backup> backupOf(dispatch::Context& context, const std::string& arn) {
  if (!partOf(arn, "backup")) return validationException("Invalid Backup ARN");
  auto backup = findBackup(context.transaction(), arn);
  if (!backup || backup->at() != 0 || backup->table().account() != context.account() ||
      backup->table().region() != context.region()) {
    return base::ApiError{"BackupNotFoundException", "Backup not found: " + arn, 400};
  }
  return std::move(*backup);
}

bool isBeingRestored(dispatch::Context& context, const rows::Table& table) {
  for (const rows::Backup& each :
       listBackups(context.transaction(), table.account(), table.region(), table.name(), "")) {
    if (each.at() != 0 && each.status() == "CREATING" && each.table().number() == table.number()) return true;
  }
  return false;
}

void registerRestores(dispatch::Registry& registry) {
  addOperation(registry, "RestoreTableFromBackup", restoreFromBackup);
  addOperation(registry, "RestoreTableToPointInTime", restoreToPointInTime);
}

}  // namespace thimble::services::dynamodb
