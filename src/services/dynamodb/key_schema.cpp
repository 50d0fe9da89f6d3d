#include "services/dynamodb/key_schema.h"

#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/quotas.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

using base::Json;

std::string nameList(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& name : names) out += (out.size() > 1 ? ", " : "") + name;
  return out + "]";
}

std::vector<std::string> attributeNames(const Json& list) {
  std::vector<std::string> out;
  if (list.isArray()) {
    for (const Json& item : list.asArray()) out.push_back(item.stringAt("AttributeName"));
  }
  return out;
}

base::Result<void> checkCapacity(const Json& throughput) {
  for (const char* name : {"ReadCapacityUnits", "WriteCapacityUnits"}) {
    const Json& value = throughput[name];
    if (value.isInt() && value.asInt() > kMostCapacity) {
      return validationException("Given value " + std::to_string(value.asInt()) + " for " + name + " is out of bounds");
    }
  }
  return {};
}

rows::Throughput throughputOf(const Json& throughput) {
  rows::Throughput out;
  if (throughput["ReadCapacityUnits"].isInt()) out.set_read(throughput["ReadCapacityUnits"].asInt());
  if (throughput["WriteCapacityUnits"].isInt()) out.set_write(throughput["WriteCapacityUnits"].asInt());
  return out;
}

namespace {

/// Of what may have several attributes of each kind.
base::Result<void> checkSeveral(const Json& schema, const std::vector<std::string>& keys) {
  if (std::set<std::string>(keys.begin(), keys.end()).size() != keys.size()) {
    return validationException("The KeySchema contains multiple key attributes with the same name");
  }
  if (schema[std::size_t{0}].stringAt("KeyType") != "HASH") {
    return validationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  std::size_t hashes = 0, ranges = 0;
  for (const Json& element : schema.asArray()) {
    const bool hash = element.stringAt("KeyType") == "HASH";
    ++(hash ? hashes : ranges);
    if (hash && ranges > 0) {
      return invalidParameter("All HASH key attributes must precede RANGE key attributes in the KeySchema");
    }
  }
  for (const auto& [kind, count] : {std::pair("HASH", hashes), std::pair("RANGE", ranges)}) {
    if (count > kMostKeyAttributes) {
      return invalidParameter(std::string("The KeySchema exceeds the maximum allowed number of ") + kind +
                              " key attributes");
    }
  }
  return {};
}

}  // namespace

base::Result<void> checkKeySchema(const Json& schema, const Json& attributes, bool global) {
  const std::vector<std::string> defined = attributeNames(attributes);
  const std::vector<std::string> keys = attributeNames(schema);
  for (const std::string& key : keys) {
    if (std::find(defined.begin(), defined.end(), key) == defined.end()) {
      return invalidParameter("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                              nameList(keys) + ", AttributeDefinitions: " + nameList(defined));
    }
  }
  if (global) return checkSeveral(schema, keys);
  if (keys.size() == 2 && keys[0] == keys[1]) {
    return validationException("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (schema[std::size_t{0}].stringAt("KeyType") != "HASH") {
    return validationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (keys.size() == 2 && schema[std::size_t{1}].stringAt("KeyType") != "RANGE") {
    return validationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  return {};
}

base::Result<void> readProjection(const Json& projection, rows::Index& out) {
  const std::string type = projection.stringAt("ProjectionType");
  const Json& names = projection["NonKeyAttributes"];
  if (type.empty()) return invalidParameter("Unknown ProjectionType: null");
  if (!names.isNull() && type != "INCLUDE") {
    return invalidParameter("ProjectionType is " + type + ", but NonKeyAttributes is specified");
  }
  if (names.isNull() && type == "INCLUDE") {
    return invalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  out.set_projection(type);
  if (names.isArray()) {
    std::set<std::string> seen;
    for (const Json& each : names.asArray()) {
      const std::string attribute = each.isString() ? each.asString() : "";
      if (!seen.insert(attribute).second) {
        return invalidParameter("Duplicate element in NonKeyAttributes: " + attribute);
      }
      out.add_non_key_attributes(attribute);
    }
  }
  return {};
}

std::string schemaText(const std::string& attribute, const std::string& type) {
  return "Schema:[SchemaElement: key{" + attribute + ":" + type + ":HASH}]";
}

base::Result<rows::Index> readIndex(const Json& index, const Json& attributes, bool global, const rows::Table& table) {
  const std::string name = index.stringAt("IndexName");
  const Json& schema = index["KeySchema"];
  TRY(checkKeySchema(schema, attributes, global));
  rows::Index out;
  out.set_name(name);
  out.set_global(global);
  for (const Json& element : schema.asArray()) {
    const std::string attribute = element.stringAt("AttributeName");
    if (element.stringAt("KeyType") == "HASH") {
      out.hash().empty() ? out.set_hash(attribute) : out.add_more_hash(attribute);
    } else {
      out.range().empty() ? out.set_range(attribute) : out.add_more_range(attribute);
    }
  }
  if (!global && schema.size() != 2) {
    return invalidParameter("Index KeySchema does not have a range key for index: " + name);
  }
  if (!global && out.hash() != table.hash()) {
    return invalidParameter("Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
                            name + ". index hash key: " + out.hash() + ", table hash key: " + table.hash());
  }
  TRY(readProjection(index["Projection"], out));
  if (!global) return out;
  const Json& throughput = index["ProvisionedThroughput"];
  if (table.billing() == "PAY_PER_REQUEST" && !throughput.isNull()) {
    return invalidParameter("ProvisionedThroughput should not be specified for index: " + name +
                            " when BillingMode is PAY_PER_REQUEST");
  }
  TRY(checkCapacity(throughput));
  *out.mutable_throughput() = throughputOf(throughput);
  TRY(checkUnits(out.throughput(), name, table.region()));
  TRY(readLimits(index, {name, table.billing(), table.region(), true}, out));
  return out;
}

}  // namespace thimble::services::dynamodb
