#include "services/dynamodb/update_conflicts.h"

#include <string>

#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::ApiError stillInUse(const std::string& why) {
  return resourceInUse("Attempt to change a resource which is still in use: " + why);
}

/// What an UpdateTable asks for.
struct Asked {
  explicit Asked(const Json& input)
      : iops(!input["ProvisionedThroughput"].isNull() || !input["BillingMode"].isNull()),
        stream(!input["StreamSpecification"].isNull()),
        table_class(!input["TableClass"].isNull()),
        on_demand(!input["OnDemandThroughput"].isNull()),
        vectors(!input["VectorIndexUpdates"].isNull()) {
    const Json& updates = input["GlobalSecondaryIndexUpdates"];
    if (!updates.isArray()) return;
    for (const Json& update : updates.asArray()) {
      indexes = indexes || !update["Create"].isNull() || !update["Delete"].isNull();
    }
  }

  bool iops;
  bool stream;
  bool table_class;
  bool on_demand;
  bool vectors;
  bool indexes = false;  ///< Creates or deletes one.
};

base::Result<void> besideCapacity(const Asked& asked, const rows::Table& table) {
  const std::string whose = ". Table: " + table.name();
  if (asked.iops) return stillInUse("Table IOPS are currently being updated" + whose);
  if (asked.stream) return stillInUse("Can't enable or disable stream while table IOPS are being updated" + whose);
  if (asked.indexes || asked.vectors) {
    return stillInUse("Can't create or delete indexes while table IOPS are being updated" + whose);
  }
  if (asked.on_demand && table.changing() == "billing") {
    return stillInUse("OnDemandThroughput cannot be updated while BillingMode update is in progress");
  }
  return {};
}

base::Result<void> besideStream(const Asked& asked, const rows::Table& table) {
  const std::string rest = ". Table: " + table.name() + " Stream: " + table.stream_label() +
                           " Operation: " + (table.stream_view().empty() ? "DISABLE" : "ENABLE");
  const std::string when = " when stream status is being updated" + rest;
  if (asked.stream) return stillInUse("A stream status change is currently in progress" + rest);
  if (asked.iops) return stillInUse("Can't change table IOPS" + when);
  if (asked.table_class) return stillInUse("Can't update table class" + when);
  if (asked.indexes || asked.vectors) return stillInUse("Can't create or delete an index" + when);
  if (asked.on_demand) {
    return stillInUse("OnDemandThroughput cannot be updated while stream status update is in progress");
  }
  return {};
}

base::Result<void> besideClass(const Asked& asked, const rows::Table& table) {
  const std::string to = " TableClassUpdateInProgress: " + table.table_class();
  const std::string when = " when a table class update is in progress. Table: " + table.name() + to;
  if (asked.table_class) return stillInUse("Can't update table class" + when);
  if (asked.stream) return stillInUse("Can't change stream status" + when);
  if (asked.iops) return stillInUse("Can't change table IOPS" + when);
  if (asked.indexes || asked.vectors) return stillInUse("Can't create or delete an index" + when);
  if (asked.on_demand) {
    return stillInUse("OnDemandThroughput cannot be updated while TableClass update is in progress." + to);
  }
  return {};
}

base::Result<void> besideIndex(const Asked& asked, const rows::Table& table, const rows::Index& index) {
  const bool created = index.status() == "CREATING";
  const std::string when = std::string(" when an index is being ") + (created ? "created" : "deleted") +
                           ". Table: " + table.name() + " Indexes: [" + index.name() + "]";
  if (asked.iops) return stillInUse("Can't change table IOPS" + when);
  if (asked.stream) return stillInUse("Can't change stream status" + when);
  if (asked.table_class) return stillInUse("Can't update table class" + when);
  if (asked.on_demand) {
    return stillInUse(std::string("OnDemandThroughput cannot be updated while index ") +
                      (created ? "creation" : "deletion") + " is in progress for indexes: [" + index.name() + "]");
  }
  return {};
}

/// An update or the end of one index, which is changing already.
base::Result<void> checkIndexes(const Json& updates, const rows::Table& table) {
  if (!updates.isArray()) return {};
  for (const Json& update : updates.asArray()) {
    const Json& action = update["Delete"].isNull() ? update["Update"] : update["Delete"];
    if (action.isNull()) continue;
    for (const rows::Index& index : table.indexes()) {
      if (index.name() != action.stringAt("IndexName")) continue;
      const std::string which = " Table: " + table.name() + " Index: " + index.name();
      if (index.status() == "DELETING") return stillInUse("Index is being deleted." + which);
      if (index.status() == "UPDATING") return stillInUse("Index is being updated." + which);
      if (index.status() != "CREATING") continue;
      if (update["Delete"].isNull()) return stillInUse("Index is being created but is not backfilling yet." + which);
      return stillInUse(
          "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index "
          "is active." +
          which);
    }
  }
  return {};
}

}  // namespace

base::Result<void> checkMayChange(const Json& input, const rows::Table& table) {
  if (table.status() == "CREATING") return stillInUse("Table is being created: " + table.name());
  if (table.status() == "DELETING") return stillInUse("Table is being deleted: " + table.name());
  const Asked asked(input);
  TRY(checkIndexes(input["GlobalSecondaryIndexUpdates"], table));
  TRY(checkIndexes(input["VectorIndexUpdates"], table));
  for (const rows::Index& index : table.indexes()) {
    if (index.status() == "CREATING" || index.status() == "DELETING") TRY(besideIndex(asked, table, index));
  }
  if (table.changing() == "IOPS" || table.changing() == "billing") TRY(besideCapacity(asked, table));
  if (table.changing() == "stream") TRY(besideStream(asked, table));
  if (table.changing() == "class") TRY(besideClass(asked, table));
  if (table.sse_changing() && !input["SSESpecification"].isNull()) {
    return stillInUse("Server-Side Encryption is still being updated");
  }
  return {};
}

base::Result<void> checkMayBeDeleted(const rows::Table& table) {
  if (table.status() == "CREATING") return stillInUse("Table is being created: " + table.name());
  if (table.status() == "DELETING") return stillInUse("Table is being deleted: " + table.name());
  if (table.changing() == "stream") return stillInUse("Cannot delete table while stream is being enabled/disabled.");
  if (!table.changing().empty()) return stillInUse("Table: " + table.name() + " is in the process of being updated.");
  bool warming = table.warm_updating();
  for (const rows::Index& index : table.indexes()) {
    if (index.status() == "CREATING" || index.status() == "UPDATING" || index.status() == "DELETING") {
      return stillInUse("Cannot delete table while indexes are being created, updated, or deleted.");
    }
    warming = warming || index.warm_updating();
  }
  if (table.status() == "UPDATING" || table.sse_changing() || warming) {
    return stillInUse("Table: " + table.name() + " is in the process of being updated.");
  }
  return {};
}

}  // namespace thimble::services::dynamodb
