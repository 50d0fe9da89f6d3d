// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/backup_process.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/update_conflicts.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::Result<Json> deleteTable(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
  TRY(checkMayBeDeleted(table));
  if (isBeingRestored(context, table)) {
    return resourceInUse("Attempt to change a resource which is still in use: Table is being restored: " +
                         table.name());
  }
  if (table.deletion_protection()) {
    return validationException(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  }
  if (isBeingBackedUp(context, table)) {
    return resourceInUse("Attempt to change a resource which is still in use: Table is being backed up: " +
                         table.name());
  }
  if (table.recovery()) {
    table.set_last_backup(beginBackup(context, table, table.name() + "$DeletedTableBackup", true).arn());
  }
  table.set_status("DELETING");
  closeStream(context, table);
  saveTable(context, table);
  context.signal(tableProcess(table), deleteLater());
  return Json::object({{"TableDescription", describeTable(table)}});
}

}  // namespace

void registerDeleteTable(dispatch::Registry& registry) {
  addOperation(registry, "DeleteTable", deleteTable);
}

}  // namespace thimble::services::dynamodb
