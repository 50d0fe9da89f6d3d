// UpdateTimeToLive, DescribeTimeToLive.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
#include "services/dynamodb/errors.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::Result<Json> updateTimeToLive(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
  if (table.status() == "CREATING" || table.status() == "DELETING") {
    return resourceInUse("Attempt to change a resource which is still in use: Table is being " +
                         std::string(table.status() == "CREATING" ? "created: " : "deleted: ") + table.name());
  }
  const Json& specification = input["TimeToLiveSpecification"];
  const bool enabled = specification["Enabled"].isBool() && specification["Enabled"].asBool();
  const std::string attribute = specification.stringAt("AttributeName");
  if (enabled) {
    if (table.ttl_attribute() == attribute) return validationException("TimeToLive is already enabled");
    if (!table.ttl_attribute().empty()) {
      return validationException("TimeToLive is active on a different AttributeName: current AttributeName is " +
                                 table.ttl_attribute());
    }
    table.set_ttl_attribute(attribute);
    table.set_ttl_building(true);
  } else {
    if (table.ttl_attribute().empty()) return validationException("TimeToLive is already disabled");
    if (table.ttl_attribute() != attribute) {
      return validationException("TimeToLive is active on a different AttributeName: current AttributeName is " +
                                 table.ttl_attribute());
    }
    table.clear_ttl_attribute();
    table.set_ttl_building(false);
  }
  saveTable(context, table);
  context.signal(tableProcess(table), timeToLiveChanged());
  Json current = Json::object({{"Enabled", enabled}});
  if (enabled) current.set("AttributeName", attribute);
  return Json::object({{"TimeToLiveSpecification", std::move(current)}});
}

base::Result<Json> describeTimeToLive(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTableRow(context, input.stringAt("TableName")));
  Json description = Json::object({{"TimeToLiveStatus", table.ttl_attribute().empty() ? "DISABLED" : "ENABLED"}});
  if (!table.ttl_attribute().empty()) description.set("AttributeName", table.ttl_attribute());
  return Json::object({{"TimeToLiveDescription", std::move(description)}});
}

}  // namespace

void registerTimeToLive(dispatch::Registry& registry) {
  addOperation(registry, "UpdateTimeToLive", updateTimeToLive);
  addOperation(registry, "DescribeTimeToLive", describeTimeToLive);
}

}  // namespace thimble::services::dynamodb
