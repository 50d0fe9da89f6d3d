// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/key_schema.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/quotas.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/update_conflicts.h"
#include "services/dynamodb/vectors/vector_schema.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

// Indexes that one call may create or delete.
constexpr std::size_t kMostIndexUpdates = 5;

bool asksForNothing(const Json& input) {
  for (const char* name :
       {"ProvisionedThroughput", "BillingMode", "StreamSpecification", "SSESpecification", "TableClass",
        "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "ReplicaUpdates", "MultiRegionConsistency",
        "GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode", "DisassociationProtectionEnabled"}) {
    if (!input[name].isNull()) return false;
  }
  return input["GlobalSecondaryIndexUpdates"].empty() && input["VectorIndexUpdates"].empty();
}

base::ApiError oneIndexAtATime() {
  return limitExceeded(
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
}

base::ApiError indexNotFound(const std::string& name, const rows::Table& table) {
  return resourceNotFound("Requested resource not found: Index " + name + " for table " + table.name());
}

/// What can be said of the input without the table.
base::Result<void> checkInput(const Json& input) {
  if (asksForNothing(input)) {
    return validationException(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required");
  }
  if (input.stringAt("BillingMode") == "PROVISIONED" && input["ProvisionedThroughput"].isNull()) {
    return invalidParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  TRY(checkCapacity(input["ProvisionedThroughput"]));
  std::size_t built = 0;
  const Json& updates = input["GlobalSecondaryIndexUpdates"];
  if (updates.isArray()) {
    std::set<std::string> names;
    for (const Json& update : updates.asArray()) {
      const Json* action = nullptr;
      for (const char* kind : {"Update", "Create", "Delete"}) {
        if (update[kind].isNull()) continue;
        if (action != nullptr) {
          return invalidParameter(
              "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
        }
        action = &update[kind];
        built += std::string_view(kind) == "Update" ? 0 : 1;
      }
      if (action == nullptr) {
        return invalidParameter(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
            "GlobalSecondaryIndexUpdate.Delete must not be null");
      }
      const std::string name = action->stringAt("IndexName");
      if (!names.insert(name).second) {
        return invalidParameter("Only one global secondary index update per index is allowed simultaneously. Index: " +
                                name);
      }
      if (const Json& warm = update["Update"]["WarmThroughput"]; warm.isObject() && warm.empty()) {
        return invalidParameter(
            "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: " +
            name);
      }
    }
  }
  const Json& vectors = input["VectorIndexUpdates"];
  if (vectors.isArray()) {
    for (const Json& update : vectors.asArray()) {
      const bool creates = !update["Create"].isNull(), deletes = !update["Delete"].isNull();
      if (creates && deletes) {
        return invalidParameter("Only one vector index action is allowed per VectorIndexUpdate object");
      }
      if (!creates && !deletes) {
        return invalidParameter("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null");
      }
      ++built;
    }
  }
  if (built > 1) return oneIndexAtATime();
  for (const char* name : {"ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates",
                           "GlobalTableSettingsReplicationMode", "DisassociationProtectionEnabled"}) {
    if (!input[name].isNull()) {
      return notImplemented(std::string(name) + " of UpdateTable", ": tables have one region");
    }
  }
  return {};
}

/// What cannot be asked for together, or not beside anything else.
base::Result<void> checkCombination(const Json& input) {
  const auto has = [&input](const char* name) { return !input[name].isNull(); };
  // 1. Each of these stands alone.
  constexpr std::pair<const char*, const char*> kAlone[] = {
      {"SSESpecification", "Server-Side Encryption modification"},
      {"TableClass", "TableClass modification"},
      {"DeletionProtectionEnabled", "DeletionProtection modification"},
      {"WarmThroughput", "WarmThroughput"}};
  constexpr const char* kAll[] = {"ProvisionedThroughput", "BillingMode",    "StreamSpecification",
                                  "SSESpecification",      "TableClass",     "DeletionProtectionEnabled",
                                  "OnDemandThroughput",    "WarmThroughput", "GlobalSecondaryIndexUpdates",
                                  "VectorIndexUpdates"};
  const Json& updates = input["GlobalSecondaryIndexUpdates"];
  if (has("WarmThroughput") && updates.isArray()) {
    for (const Json& update : updates.asArray()) {
      if (update["Create"].isNull()) continue;
      return invalidParameter("Create global secondary index cannot be specified when updating WarmThroughput");
    }
  }
  for (const auto& [name, shown] : kAlone) {
    if (!has(name)) continue;
    const bool beside =
        std::any_of(std::begin(kAll), std::end(kAll),
                    [&, alone = std::string_view(name)](const char* other) { return alone != other && has(other); });
    if (beside) return invalidParameter(std::string(shown) + " must be the only operation in the request");
  }
  // 2. The others go with some.
  if (has("OnDemandThroughput") && has("StreamSpecification")) {
    return invalidParameter("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  }
  const bool capacity = has("ProvisionedThroughput") || input.stringAt("BillingMode") == "PROVISIONED";
  if (capacity && has("StreamSpecification")) {
    return invalidParameter("You cannot modify stream status while updating table IOPS");
  }
  if (!updates.isArray()) return {};
  for (const Json& update : updates.asArray()) {
    if (update["Create"].isNull() && update["Delete"].isNull()) continue;
    if (capacity) return invalidParameter("You cannot create or delete index while updating table IOPS");
    if (has("StreamSpecification")) {
      return invalidParameter("You cannot create or delete index while changing stream status");
    }
  }
  return {};
}

/// Notes what is to come; the times say already now that it was asked for. `index`: its name, or empty for the table.
template <class Row>
base::Result<void> changeThroughput(Row& row, const std::string& index, const std::string& region,
                                    const Json& throughput, base::Timestamp now) {
  const rows::Throughput wanted = throughputOf(throughput);
  const rows::Throughput& current = row.throughput();
  const std::string whose = index.empty() ? "table" : "index " + index;
  if (wanted.read() == current.read() && wanted.write() == current.write()) {
    return validationException(
        "The provisioned throughput for the " + whose +
        " will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for "
        "the " +
        whose + ": " + std::to_string(current.read()) + ". Requested ReadCapacityUnits: " +
        std::to_string(wanted.read()) + ". Current WriteCapacityUnits provisioned for the " + whose + ": " +
        std::to_string(current.write()) + ". Requested WriteCapacityUnits: " + std::to_string(wanted.write()) +
        ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
  }
  if (wanted.read() > current.read() || wanted.write() > current.write()) {
    row.mutable_throughput()->set_last_increase(now.milliseconds);
  }
  TRY(checkUnits(wanted, index, region));
  forgetDecreases(*row.mutable_throughput(), now);
  if (wanted.read() < current.read() || wanted.write() < current.write()) {
    TRY(checkDecrease(current, now));
    row.mutable_throughput()->set_last_decrease(now.milliseconds);
  }
  *row.mutable_pending() = wanted;
  return {};
}

/// Capacity becomes on demand or provisioned, which takes no limit of the former with it.
template <class Row>
void switchBilling(Row& row, const std::string& from, const Json& throughput) {
  keepWarmth(row, from);
  row.clear_max_read();
  row.clear_max_write();
  const rows::Throughput wanted = throughputOf(throughput);
  row.mutable_throughput()->set_read(wanted.read());
  row.mutable_throughput()->set_write(wanted.write());
}

base::Result<void> updateThroughput(const Json& input, rows::Table& table, base::Timestamp now) {
  const std::string billing = input.stringAt("BillingMode");
  const std::string mode = billing.empty() ? table.billing() : billing;
  const Json& throughput = input["ProvisionedThroughput"];
  if (!throughput.isNull() && mode == "PAY_PER_REQUEST") {
    return invalidParameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  const Json& updates = input["GlobalSecondaryIndexUpdates"];
  if (updates.size() > kMostIndexUpdates) return oneIndexAtATime();
  const std::string former = table.billing();
  const bool switches = !billing.empty() && billing != former;
  const bool to_provisioned = switches && billing == "PROVISIONED";
  std::set<std::string> remaining;
  for (const rows::Index& index : table.indexes()) {
    if (index.global()) remaining.insert(index.name());
  }
  if (updates.isArray()) {
    for (const Json& update : updates.asArray()) {
      const Json& wanted = update["Update"]["ProvisionedThroughput"];
      if (wanted.isNull()) continue;
      if (!checkCapacity(wanted).ok()) {
        return validationException(
            "This operation cannot be performed with given input values. Please contact DynamoDB service team for more "
            "info: Action Blocked: IndexUpdate");
      }
      remaining.erase(update["Update"].stringAt("IndexName"));
    }
  }
  if (to_provisioned && !remaining.empty()) {
    std::string names;
    for (const std::string& name : remaining) names += (names.empty() ? "" : ",") + name;
    return invalidParameter("ProvisionedThroughput must be specified for index: " + names);
  }
  if (!throughput.isNull() && !switches) {
    TRY(changeThroughput(table, "", table.region(), throughput, now));
    table.set_changing("IOPS");
  }
  if (switches) {
    TRY(checkUnits(throughputOf(throughput), "", table.region()));
    switchBilling(table, former, throughput);
    table.set_billing(billing);
    table.set_billing_shown(true);
    table.set_changing("billing");
    // The time of the change to on demand is that of its end (settle()).
    if (!to_provisioned) table.mutable_pending();
    for (rows::Index& index : *table.mutable_indexes()) {
      if (!index.global() || to_provisioned) continue;
      switchBilling(index, former, Json());
      index.set_status("UPDATING");
    }
  }
  if (updates.isArray()) {
    for (const Json& update : updates.asArray()) {
      const Json& action = update["Update"];
      if (action.isNull()) continue;
      const std::string name = action.stringAt("IndexName");
      auto& indexes = *table.mutable_indexes();
      const auto index = std::find_if(indexes.begin(), indexes.end(),
                                      [&](const rows::Index& each) { return each.global() && each.name() == name; });
      if (index == indexes.end()) return indexNotFound(name, table);
      const bool limits = !action["OnDemandThroughput"].empty() || !action["WarmThroughput"].isNull();
      if (mode == "PAY_PER_REQUEST" && billing.empty() && (!action["ProvisionedThroughput"].isNull() || !limits)) {
        return invalidParameter("The only Updates for index: " + name +
                                " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
                                "WarmThroughput");
      }
      if (!action["ProvisionedThroughput"].isNull()) {
        if (mode == "PAY_PER_REQUEST") {
          return invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " +
                                  name + " when BillingMode is PAY_PER_REQUEST");
        }
        if (to_provisioned) {
          TRY(checkUnits(throughputOf(action["ProvisionedThroughput"]), name, table.region()));
          switchBilling(*index, former, action["ProvisionedThroughput"]);
        } else {
          TRY(changeThroughput(*index, name, table.region(), action["ProvisionedThroughput"], now));
        }
      }
      TRY(readLimits(action, {name, mode, table.region(), false}, *index));
      // Warming alone leaves an index as active as it was.
      if (!action["ProvisionedThroughput"].isNull() || !action["OnDemandThroughput"].isNull()) {
        index->set_status("UPDATING");
      }
    }
  }
  return {};
}

/// Refuses a name that an index has, and an index beside one that is being created or deleted.
base::Result<void> checkNewIndex(const rows::Table& table, const std::string& name) {
  for (const rows::Index& index : table.indexes()) {
    if (index.name() == name) return validationException("Attempting to create an index which already exists");
    if (index.status() == "CREATING" || index.status() == "DELETING") return oneIndexAtATime();
  }
  return {};
}

/// Attributes may be defined anew, or be those of the table.
base::Result<void> defineAttributes(const Json& attributes, rows::Table& table) {
  for (const Json& attribute : attributes.asArray()) {
    const std::string name = attribute.stringAt("AttributeName");
    const std::string type = attribute.stringAt("AttributeType");
    TRY(checkIsNoVector(table, name, type));
    bool known = false;
    for (const rows::Attribute& row : table.attributes()) {
      if (row.name() != name) continue;
      known = true;
      if (row.type() != type) {
        return invalidParameter(
            "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
            "Existing schema: " +
            schemaText(name, row.type()) + " New schema: " + schemaText(name, type));
      }
    }
    if (!known) {
      rows::Attribute& row = *table.add_attributes();
      row.set_name(name);
      row.set_type(type);
    }
  }
  return {};
}

void addIndex(rows::Table& table, rows::Index index) {
  table.set_next_index(table.next_index() + 1);
  index.set_number(table.next_index());
  index.set_status("CREATING");
  index.set_backfilling(true);
  *table.add_indexes() = std::move(index);
  table.set_status("UPDATING");
}

base::Result<void> createIndex(const Json& action, const Json& input, rows::Table& table) {
  const std::string name = action.stringAt("IndexName");
  TRY(checkNewIndex(table, name));
  const auto global = std::count_if(table.indexes().begin(), table.indexes().end(),
                                    [](const rows::Index& index) { return index.global(); });
  if (global >= kMostGlobalIndexes) {
    return limitExceeded("Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
  }
  const Json& attributes = input["AttributeDefinitions"];
  if (attributes.isNull()) return invalidParameter("AttributeDefinitions is not specified for index: " + name);
  TRY(defineAttributes(attributes, table));
  TRY_ASSIGN(rows::Index index, readIndex(action, attributes, true, table));
  if (table.billing() == "PROVISIONED" && action["ProvisionedThroughput"].isNull()) {
    return invalidParameter("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + name);
  }
  addIndex(table, std::move(index));
  return {};
}

base::Result<void> createVectorIndex(const Json& action, const Json& input, rows::Table& table) {
  TRY(checkMayHaveVectors(table.billing()));
  TRY(checkNewIndex(table, action.stringAt("IndexName")));
  const auto vectors = std::count_if(table.indexes().begin(), table.indexes().end(),
                                     [](const rows::Index& index) { return index.has_vector(); });
  if (vectors >= kMostVectorIndexes) {
    return limitExceeded("Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of " +
                         std::to_string(kMostVectorIndexes));
  }
  // A vector's attribute needs no definition.
  const Json attributes = input["AttributeDefinitions"].isNull() ? Json::array() : input["AttributeDefinitions"];
  TRY_ASSIGN(rows::Index index, readVectorIndex(action, attributes, table));
  TRY(defineAttributes(attributes, table));
  addIndex(table, std::move(index));
  return {};
}

base::Result<void> deleteVectorIndex(const Json& action, rows::Table& table) {
  const std::string name = action.stringAt("IndexName");
  for (rows::Index& index : *table.mutable_indexes()) {
    if (index.name() != name || !index.has_vector()) continue;
    index.set_status("DELETING");
    index.set_backfilling(false);
    table.set_status("UPDATING");
    return {};
  }
  return indexNotFound(name, table);
}

base::Result<void> deleteIndex(const Json& action, rows::Table& table) {
  const std::string name = action.stringAt("IndexName");
  for (rows::Index& index : *table.mutable_indexes()) {
    if (index.name() != name) continue;
    if (!index.global()) {
      return validationException("Cannot delete an index that is not a GlobalSecondaryIndex: " + name);
    }
    index.set_status("DELETING");
    index.set_backfilling(false);
    table.set_status("UPDATING");
    return {};
  }
  return indexNotFound(name, table);
}

base::Result<void> updateEncryption(const Json& sse, rows::Table& table) {
  TRY(checkEncryption(sse));
  if (sse.isNull()) return {};
  const bool on = sse["Enabled"].isBool() && sse["Enabled"].asBool();
  if (!on && !table.sse()) return invalidParameter("Table is already encrypted by default");
  const std::string key = on ? encryptionKeyArn(table, sse.stringAt("KMSMasterKeyId")) : std::string();
  if (on && table.sse() && !sse["KMSMasterKeyId"].isNull() && key == table.kms_key()) {
    return invalidParameter("Table is already encrypted with given KMSMasterKeyId");
  }
  table.set_sse(on);
  table.set_kms_key(key);
  table.set_sse_changing(true);
  return {};
}

/// What UpdateTable answers: a limit that was taken away is told as it was asked for, and billing or class that are
/// what they were look like a change.
Json describeUpdated(const Json& input, const rows::Table& table) {
  Json out = describeTable(table);
  if (!input["BillingMode"].isNull() || !input["TableClass"].isNull()) out.set("TableStatus", "UPDATING");
  Json limits = out["OnDemandThroughput"].isNull() ? Json::object() : out["OnDemandThroughput"];
  for (const char* name : {"MaxReadRequestUnits", "MaxWriteRequestUnits"}) {
    if (input["OnDemandThroughput"][name] == Json(-1)) limits.set(name, -1);
  }
  if (!limits.empty()) out.set("OnDemandThroughput", std::move(limits));
  return out;
}

base::Result<Json> updateTable(dispatch::Context& context, const Json& input) {
  TRY(checkInput(input));
  TRY(checkTableClass(input));
  TRY(checkCombination(input));
  TRY_ASSIGN(rows::Table table, findTableRow(context, input.stringAt("TableName")));
  TRY(checkMayChange(input, table));
  if (input.stringAt("BillingMode") == "PROVISIONED") TRY(checkMayBeProvisioned(table));
  TRY(updateThroughput(input, table, context.now()));
  bool build = false;
  const Json& updates = input["GlobalSecondaryIndexUpdates"];
  if (updates.isArray()) {
    for (const Json& update : updates.asArray()) {
      if (!update["Create"].isNull()) TRY(createIndex(update["Create"], input, table));
      if (!update["Delete"].isNull()) TRY(deleteIndex(update["Delete"], table));
      build = build || !update["Create"].isNull() || !update["Delete"].isNull();
    }
  }
  const Json& vectors = input["VectorIndexUpdates"];
  if (vectors.isArray()) {
    for (const Json& update : vectors.asArray()) {
      if (!update["Create"].isNull()) TRY(createVectorIndex(update["Create"], input, table));
      if (!update["Delete"].isNull()) TRY(deleteVectorIndex(update["Delete"], table));
      build = true;
    }
  }
  dropUnusedAttributes(table);
  TRY(applyStreamSpecification(context, table, input["StreamSpecification"]));
  if (!input["StreamSpecification"].isNull()) table.set_changing("stream");
  TRY(updateEncryption(input["SSESpecification"], table));
  if (const std::string wanted = input.stringAt("TableClass"); !wanted.empty() && wanted != table.table_class()) {
    table.set_table_class(wanted);
    table.set_table_class_changed(context.now().milliseconds);
    table.set_changing("class");
  }
  if (input["DeletionProtectionEnabled"].isBool()) {
    table.set_deletion_protection(input["DeletionProtectionEnabled"].asBool());
  }
  TRY(readLimits(input, {"", table.billing(), table.region(), false}, table));
  if (build || !table.changing().empty()) table.set_status("UPDATING");
  saveTable(context, table);
  context.signal(tableProcess(table), build ? buildIndexes() : settleLater());
  return Json::object({{"TableDescription", describeUpdated(input, table)}});
}

}  // namespace

void registerUpdateTable(dispatch::Registry& registry) {
  addOperation(registry, "UpdateTable", updateTable);
}

}  // namespace thimble::services::dynamodb
