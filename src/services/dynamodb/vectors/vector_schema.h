// Vector indexes out of the inputs of CreateTable and UpdateTable, with DynamoDB's checks.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_VectorIndex.html
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

inline constexpr int kMostVectorIndexes = 5;

/// Only tables that are paid per request have vector indexes.
base::Result<void> checkMayHaveVectors(const std::string& billing);
/// And those that have some stay it.
base::Result<void> checkMayBeProvisioned(const rows::Table& table);

/// A vector index of `table`, whose attributes and other vector indexes are looked at. `attributes`: the request's
/// AttributeDefinitions. Sets all but number and status.
base::Result<rows::Index> readVectorIndex(const base::Json& index, const base::Json& attributes,
                                          const rows::Table& table);

/// Refuses to define an attribute that a vector index of the table reads as its vector.
base::Result<void> checkIsNoVector(const rows::Table& table, const std::string& attribute, const std::string& type);

}  // namespace thimble::services::dynamodb
