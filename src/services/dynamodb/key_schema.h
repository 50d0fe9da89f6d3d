// Key schemas and indexes out of the inputs of CreateTable and UpdateTable, with DynamoDB's checks.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

inline constexpr std::int64_t kMostCapacity = 1'000'000'000'000;
inline constexpr int kMostLocalIndexes = 5;
inline constexpr int kMostGlobalIndexes = 20;

/// "Given value 5 for ReadCapacityUnits is out of bounds", when it is.
base::Result<void> checkCapacity(const base::Json& throughput);
rows::Throughput throughputOf(const base::Json& throughput);

/// Keys defined, different, HASH before RANGE. `schema`: a KeySchema; `attributes`: AttributeDefinitions; `global`: of
/// a global index, which may have several attributes of each kind.
base::Result<void> checkKeySchema(const base::Json& schema, const base::Json& attributes, bool global);

/// An index of `table`, of which the hash key and the billing are read. Sets all but number and status.
base::Result<rows::Index> readIndex(const base::Json& index, const base::Json& attributes, bool global,
                                    const rows::Table& table);

/// The Projection of an index.
base::Result<void> readProjection(const base::Json& projection, rows::Index& out);

/// An attribute as the errors of redefinitions show it.
std::string schemaText(const std::string& attribute, const std::string& type);

/// "[a, b]".
std::string nameList(const std::vector<std::string>& names);
std::vector<std::string> attributeNames(const base::Json& list);

}  // namespace thimble::services::dynamodb
