// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/key_schema.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/quotas.h"
#include "services/dynamodb/resource_policies.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/tags.h"
#include "services/dynamodb/vectors/vector_schema.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::Result<void> readBilling(const Json& input, rows::Table& table) {
  const Json& throughput = input["ProvisionedThroughput"];
  if (input.stringAt("BillingMode") == "PAY_PER_REQUEST") {
    if (!throughput.isNull()) {
      return invalidParameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    }
    table.set_billing("PAY_PER_REQUEST");
    table.set_billing_shown(true);
    return {};
  }
  if (!throughput["ReadCapacityUnits"].isInt() || !throughput["WriteCapacityUnits"].isInt()) {
    return invalidParameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  TRY(checkCapacity(throughput));
  table.set_billing("PROVISIONED");
  *table.mutable_throughput() = throughputOf(throughput);
  return checkUnits(table.throughput(), "", table.region());
}

base::Result<void> readKeys(const Json& input, rows::Table& table) {
  const Json& attributes = input["AttributeDefinitions"];
  const Json& schema = input["KeySchema"];
  if (schema.size() > attributes.size()) {
    return validationException("Invalid KeySchema: Some index key attribute have no definition");
  }
  TRY(checkKeySchema(schema, attributes, false));
  table.set_hash(schema[std::size_t{0}].stringAt("AttributeName"));
  if (schema.size() > 1) table.set_range(schema[std::size_t{1}].stringAt("AttributeName"));
  std::set<std::string> names;
  for (const Json& attribute : attributes.asArray()) {
    rows::Attribute& row = *table.add_attributes();
    row.set_name(attribute.stringAt("AttributeName"));
    row.set_type(attribute.stringAt("AttributeType"));
    if (!names.insert(row.name()).second) {
      return validationException("Attribute Name is duplicated: " + row.name());
    }
  }
  if (input["LocalSecondaryIndexes"].isNull() && input["GlobalSecondaryIndexes"].isNull() &&
      input["VectorIndexes"].isNull() && schema.size() != attributes.size()) {
    return invalidParameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  return {};
}

base::Result<void> addIndex(rows::Table& table, rows::Index index, std::set<std::string>& names) {
  if (!names.insert(index.name()).second) return invalidParameter("Duplicate index name: " + index.name());
  table.set_next_index(table.next_index() + 1);
  index.set_number(table.next_index());
  if (index.global() || index.has_vector()) index.set_status("CREATING");
  *table.add_indexes() = std::move(index);
  return {};
}

base::Result<void> readIndexes(const Json& input, rows::Table& table) {
  const Json& attributes = input["AttributeDefinitions"];
  std::set<std::string> names;
  const Json& local = input["LocalSecondaryIndexes"];
  if (local.isArray()) {
    if (local.empty()) return invalidParameter("List of LocalSecondaryIndexes is empty");
    if (table.range().empty()) {
      return invalidParameter(
          "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
    }
    for (const Json& each : local.asArray()) {
      TRY_ASSIGN(rows::Index index, readIndex(each, attributes, false, table));
      TRY(addIndex(table, std::move(index), names));
    }
    if (local.size() > static_cast<std::size_t>(kMostLocalIndexes)) {
      return invalidParameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    }
  }
  const Json& global = input["GlobalSecondaryIndexes"];
  if (global.isArray()) {
    if (global.empty()) return invalidParameter("List of GlobalSecondaryIndexes is empty");
    for (const Json& each : global.asArray()) {
      TRY_ASSIGN(rows::Index index, readIndex(each, attributes, true, table));
      TRY(addIndex(table, std::move(index), names));
    }
    if (global.size() > static_cast<std::size_t>(kMostGlobalIndexes)) {
      return invalidParameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
    }
    for (const Json& each : global.asArray()) {
      if (table.billing() == "PROVISIONED" && each["ProvisionedThroughput"].isNull()) {
        return invalidParameter("ProvisionedThroughput is not specified for index: " + each.stringAt("IndexName"));
      }
    }
  }
  const Json& vectors = input["VectorIndexes"];
  if (vectors.isArray()) {
    if (vectors.empty()) return invalidParameter("List of VectorIndexes is empty");
    TRY(checkMayHaveVectors(table.billing()));
    if (vectors.size() > static_cast<std::size_t>(kMostVectorIndexes)) {
      return invalidParameter("VectorIndex count exceeds the per-table limit of " + std::to_string(kMostVectorIndexes));
    }
    for (const Json& each : vectors.asArray()) {
      TRY_ASSIGN(rows::Index index, readVectorIndex(each, attributes, table));
      TRY(addIndex(table, std::move(index), names));
    }
  }
  const std::set<std::string> used = keyNamesOfAll(table);
  if (used.size() != attributes.size()) {
    return invalidParameter(
        "Some AttributeDefinitions are not used. AttributeDefinitions: " + nameList(attributeNames(attributes)) +
        ", keys used: " + nameList({used.begin(), used.end()}));
  }
  return {};
}

base::Result<void> readSettings(const Json& input, rows::Table& table) {
  const Json& sse = input["SSESpecification"];
  TRY(checkEncryption(sse));
  if (sse["Enabled"].isBool() && sse["Enabled"].asBool()) {
    table.set_sse(true);
    table.set_kms_key(encryptionKeyArn(table, sse.stringAt("KMSMasterKeyId")));
  }
  table.set_deletion_protection(input["DeletionProtectionEnabled"].isBool() &&
                                input["DeletionProtectionEnabled"].asBool());
  TRY(checkTableClass(input));
  table.set_table_class(input.stringAt("TableClass"));
  TRY(readLimits(input, {"", table.billing(), table.region(), true}, table));
  TRY(addTags(table, input["Tags"]));
  if (input["ResourcePolicy"].isString()) {
    const std::string policy = input.stringAt("ResourcePolicy");
    TRY(checkPolicy(policy, PolicyOf::Table));
    setPolicy(table, policy, base::Timestamp{table.created()});
  }
  return {};
}

base::Result<Json> createTable(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, makeTable(context, input));
  saveTable(context, table);
  context.start(tableProcess(table), settleLater());
  return Json::object({{"TableDescription", describeTable(table)}});
}

}  // namespace

base::Result<rows::Table> makeTable(dispatch::Context& context, const Json& input) {
  rows::Table table;
  TRY_ASSIGN(const std::string name, tableNameOf(context, input.stringAt("TableName")));
  table.set_account(context.account());
  table.set_region(context.region());
  table.set_name(name);
  TRY(readBilling(input, table));
  TRY(readKeys(input, table));
  TRY(readIndexes(input, table));
  TRY(readSettings(input, table));
  if (const auto old = kTables.get(context.transaction(), context.account(), context.region(), name)) {
    if (old->status() != "DELETING") return resourceInUse("Table already exists: " + name);
    // A table that is going makes way at once: local work creates anew what it has just deleted.
    context.signal(tableProcess(*old), deleteNow());
  }
  table.set_number(takeNumber(context.transaction()));
  table.set_id(context.random().uuid());
  table.set_status("CREATING");
  table.set_created(context.now().milliseconds);
  TRY(applyStreamSpecification(context, table, input["StreamSpecification"]));
  return table;
}

base::Result<void> checkTableClass(const Json& input) {
  const Json& wanted = input["TableClass"];
  if (wanted.isNull() || wanted == Json("STANDARD") || wanted == Json("STANDARD_INFREQUENT_ACCESS")) return {};
  return validationException(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
      "STANDARD_INFREQUENT_ACCESS].");
}

base::Result<void> checkEncryption(const Json& sse) {
  const bool enabled = sse["Enabled"].isBool() && sse["Enabled"].asBool();
  const std::string type = sse.stringAt("SSEType");
  if (!enabled && !type.empty()) return invalidParameter("SSEType can not be specified if Enabled is false");
  if (!enabled && !sse["KMSMasterKeyId"].isNull()) {
    return invalidParameter("KMSMasterKeyId can not be specified if Enabled is false");
  }
  if (type.empty() && !sse["KMSMasterKeyId"].isNull()) {
    return invalidParameter("SSEType KMS is required if KMSMasterKeyId is specified");
  }
  if (type == "AES256") return invalidParameter("SSEType AES256 is not supported");
  return {};
}

std::string encryptionKeyArn(const rows::Table& table, const std::string& key) {
  if (key.starts_with("arn:")) return key;
  const std::string prefix = "arn:aws:kms:" + table.region() + ":" + table.account() + ":";
  if (key.empty()) return prefix + "alias/aws/dynamodb";
  return prefix + (key.starts_with("alias/") ? "" : "key/") + key;
}

void registerCreateTable(dispatch::Registry& registry) {
  addOperation(registry, "CreateTable", createTable);
}

}  // namespace thimble::services::dynamodb
