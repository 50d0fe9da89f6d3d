// DescribeContinuousBackups, UpdateContinuousBackups, and the description of what is not there: Kinesis destinations.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::int64_t kDefaultDays = 35;

/// AWS's latest restorable time is some minutes old; here every change counts at once.
Json describe(const dispatch::Context& context, const rows::Table& table) {
  Json recovery = Json::object({{"PointInTimeRecoveryStatus", table.recovery() ? "ENABLED" : "DISABLED"}});
  if (table.recovery()) {
    recovery.set("RecoveryPeriodInDays", table.recovery_days());
    recovery.set("EarliestRestorableDateTime", earliestRestorable(table, context.now()));
    recovery.set("LatestRestorableDateTime", context.now().milliseconds);
  }
  return Json::object(
      {{"ContinuousBackupsDescription", Json::object({{"ContinuousBackupsStatus", "ENABLED"},
                                                      {"PointInTimeRecoveryDescription", std::move(recovery)}})}});
}

base::Result<rows::Table> findTable(dispatch::Context& context, const Json& input) {
  auto table = findTableRow(context, input.stringAt("TableName"));
  if (!table.ok() && table.error().code == "ResourceNotFoundException") {
    return base::ApiError{"TableNotFoundException", "Table not found: " + input.stringAt("TableName"), 400};
  }
  return table;
}

base::Result<Json> describeContinuousBackups(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTable(context, input));
  return describe(context, table);
}

base::Result<Json> updateContinuousBackups(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTable(context, input));
  const Json& specification = input["PointInTimeRecoverySpecification"];
  const bool enabled =
      specification["PointInTimeRecoveryEnabled"].isBool() && specification["PointInTimeRecoveryEnabled"].asBool();
  const Json& days = specification["RecoveryPeriodInDays"];
  if (!enabled && !days.isNull()) {
    return validationException(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.");
  }
  if (enabled && !table.recovery()) {
    table.set_recovery_since(context.now().milliseconds);
    context.signal(tableProcess(table), recoveryBegun());
  }
  table.set_recovery(enabled);
  table.set_recovery_days(days.isInt() ? days.asInt() : kDefaultDays);
  saveTable(context, table);
  return describe(context, table);
}

base::Result<Json> describeKinesisStreamingDestination(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTableRow(context, input.stringAt("TableName")));
  return Json::object({{"TableName", table.name()}, {"KinesisDataStreamDestinations", Json::array()}});
}

}  // namespace

void registerContinuousBackups(dispatch::Registry& registry) {
  addOperation(registry, "DescribeContinuousBackups", describeContinuousBackups);
  addOperation(registry, "UpdateContinuousBackups", updateContinuousBackups);
  addOperation(registry, "DescribeKinesisStreamingDestination", describeKinesisStreamingDestination);
}

}  // namespace thimble::services::dynamodb
