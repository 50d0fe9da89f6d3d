// DescribeTable, ListTables, DescribeLimits, DescribeEndpoints.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
#include "services/dynamodb/counting.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/quotas.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::Result<Json> describe(dispatch::Context& context, Counting& counting, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
  if (settle(table, context.now())) saveTable(context, table);
  return Json::object({{"Table", describeTable(table, counting.of(context, table), true)}});
}

base::Result<Json> listTables(dispatch::Context& context, const Json& input) {
  const std::size_t limit = input["Limit"].isInt() ? static_cast<std::size_t>(input["Limit"].asInt()) : 100;
  const std::string after = input.stringAt("ExclusiveStartTableName");
  const std::string start =
      after.empty() ? std::string() : kTables.key(context.account(), context.region(), after).bytes();
  const auto found =
      kTables.scanAfter(context.transaction(), start, {.limit = limit + 1}, context.account(), context.region());
  Json names = Json::array();
  Json out = Json::object();
  for (const auto& entry : found) {
    if (names.size() == limit) {
      out.set("LastEvaluatedTableName", names[limit - 1]);
      break;
    }
    names.push(entry.record.name());
  }
  out.set("TableNames", std::move(names));
  return out;
}

base::Result<Json> describeLimits(dispatch::Context&, const Json&) {
  return Json::object({{"AccountMaxReadCapacityUnits", kMostUnitsOfAccount},
                       {"AccountMaxWriteCapacityUnits", kMostUnitsOfAccount},
                       {"TableMaxReadCapacityUnits", kMostUnitsOfTable},
                       {"TableMaxWriteCapacityUnits", kMostUnitsOfTable}});
}

base::Result<Json> describeEndpoints(dispatch::Context& context, const Json&) {
  return Json::object(
      {{"Endpoints", Json::array({Json::object({{"Address", "dynamodb." + context.region() + ".amazonaws.com"},
                                                {"CachePeriodInMinutes", 1440}})})}});
}

}  // namespace

void registerDescribeTables(dispatch::Registry& registry, Counting& counting) {
  addOperation(registry, "DescribeTable", [&counting](dispatch::Context& context, const Json& input) {
    return describe(context, counting, input);
  });
  addOperation(registry, "ListTables", listTables);
  addOperation(registry, "DescribeLimits", describeLimits);
  addOperation(registry, "DescribeEndpoints", describeEndpoints);
}

}  // namespace thimble::services::dynamodb
