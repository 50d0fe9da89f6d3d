// The calls of global tables version 2017.11.29, which AWS makes none of any more: they are answered as where there are
// none.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V1globaltables_upgrade.html
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::Result<Json> create(dispatch::Context&, const Json&) {
  return invalidParameter(
      "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version "
      "2019.11.21, instead of version 2017.11.29 (Legacy).");
}

base::Result<Json> find(dispatch::Context&, const Json& input) {
  return base::ApiError{"GlobalTableNotFoundException",
                        "Global table with name: '" + input.stringAt("GlobalTableName") + "' does not exist", 400};
}

base::Result<Json> list(dispatch::Context&, const Json&) {
  return Json::object({{"GlobalTables", Json::array()}});
}

}  // namespace

void registerGlobalTables(dispatch::Registry& registry) {
  addOperation(registry, "CreateGlobalTable", create);
  for (const char* operation :
       {"DescribeGlobalTable", "DescribeGlobalTableSettings", "UpdateGlobalTable", "UpdateGlobalTableSettings"}) {
    addOperation(registry, operation, find);
  }
  addOperation(registry, "ListGlobalTables", list);
}

}  // namespace thimble::services::dynamodb
