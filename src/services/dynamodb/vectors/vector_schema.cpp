#include "services/dynamodb/vectors/vector_schema.h"

#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/key_schema.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

using base::Json;

namespace {

constexpr std::size_t kMostInlineFilters = 18;

base::Result<void> readSearchSchema(const Json& schema, const Json& attributes, rows::VectorKeys& keys) {
  if (!schema.isArray()) return {};
  const std::vector<std::string> defined = attributeNames(attributes);
  std::set<std::string> names;
  std::size_t hashes = 0;
  for (const Json& element : schema.asArray()) {
    rows::SearchElement& row = *keys.add_search();
    row.set_attribute(element.stringAt("AttributeName"));
    row.set_hash(element.stringAt("SearchSchemaElementType") == "HASH");
    hashes += row.hash() ? 1 : 0;
    names.insert(row.attribute());
    if (std::find(defined.begin(), defined.end(), row.attribute()) == defined.end()) {
      return invalidParameter("One element in SearchSchema is not defined in attribute definitions");
    }
  }
  const auto checkCount = [](std::size_t count, std::size_t most, const std::string& what) -> base::Result<void> {
    if (count <= most) return {};
    return invalidParameter("Value '" + std::to_string(count) +
                            "' at 'SearchSchema' failed to satisfy constraint: Member must have " + what +
                            " count less than or equal to " + std::to_string(most));
  };
  TRY(checkCount(hashes, 1, "HASH"));
  TRY(checkCount(schema.size() - hashes, kMostInlineFilters, "INLINE_FILTER"));
  if (names.size() != schema.size()) return invalidParameter("SearchSchema contains a duplicate AttributeName");
  return {};
}

std::string redefined(const std::string& existing, const std::string& wanted) {
  return "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
         "Existing schema: " +
         existing + " New schema: " + wanted;
}

std::string vectorText(const rows::VectorKeys& keys) {
  return "VectorIndexSchema:[VectorAttribute: key{" + keys.attribute() + ":L:" + std::to_string(keys.dimensions()) +
         "}]";
}

/// The vector is no attribute of another kind, and has the same size wherever it is read.
base::Result<void> checkVectorAttribute(const rows::VectorKeys& keys, const Json& attributes,
                                        const rows::Table& table) {
  const std::string conflict = "Conflicting attribute definition for '" + keys.attribute() + "'. ";
  const std::vector<std::string> defined = attributeNames(attributes);
  if (std::find(defined.begin(), defined.end(), keys.attribute()) != defined.end()) {
    return invalidParameter(conflict +
                            "An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute.");
  }
  for (const rows::Attribute& attribute : table.attributes()) {
    if (attribute.name() != keys.attribute()) continue;
    return invalidParameter(redefined(schemaText(attribute.name(), attribute.type()), vectorText(keys)));
  }
  for (const rows::Index& other : table.indexes()) {
    if (other.vector().attribute() != keys.attribute() || other.vector().dimensions() == keys.dimensions()) continue;
    return invalidParameter(conflict + "All VectorIndexes on the same vector attribute must use the same dimensions.");
  }
  return {};
}

}  // namespace

base::Result<void> checkMayHaveVectors(const std::string& billing) {
  if (billing == "PAY_PER_REQUEST") return {};
  return invalidParameter("Vector indexes are only supported for PAY_PER_REQUEST tables");
}

base::Result<void> checkMayBeProvisioned(const rows::Table& table) {
  for (const rows::Index& index : table.indexes()) {
    if (index.has_vector()) return invalidParameter("Tables with vector indexes must be in PAY_PER_REQUEST mode");
  }
  return {};
}

base::Result<rows::Index> readVectorIndex(const Json& index, const Json& attributes, const rows::Table& table) {
  rows::Index out;
  out.set_name(index.stringAt("IndexName"));
  rows::VectorKeys& keys = *out.mutable_vector();
  keys.set_attribute(index["VectorAttribute"].stringAt("AttributeName"));
  keys.set_distance(index.stringAt("DistanceFunction"));
  // A fraction is cut off, as on AWS.
  const double dimensions = index["Dimensions"].isNumber() ? index["Dimensions"].asDouble() : 0;
  if (dimensions < 1 || dimensions >= static_cast<double>(kMostDimensions) + 1) {
    return invalidParameter("Number of dimensions must be between 1 and " + std::to_string(kMostDimensions) +
                            " inclusive.");
  }
  keys.set_dimensions(static_cast<std::int64_t>(dimensions));
  TRY(readSearchSchema(index["SearchSchema"], attributes, keys));
  TRY(checkVectorAttribute(keys, attributes, table));
  TRY(readProjection(index["Projection"], out));
  return out;
}

base::Result<void> checkIsNoVector(const rows::Table& table, const std::string& attribute, const std::string& type) {
  for (const rows::Index& index : table.indexes()) {
    if (!index.has_vector() || index.vector().attribute() != attribute) continue;
    return invalidParameter(redefined(vectorText(index.vector()), schemaText(attribute, type)));
  }
  return {};
}

}  // namespace thimble::services::dynamodb
