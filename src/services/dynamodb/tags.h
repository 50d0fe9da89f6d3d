// Tags of tables.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// Adds a list of Key and Value to the table's tags; null is none.
base::Result<void> addTags(rows::Table& table, const base::Json& tags);

}  // namespace thimble::services::dynamodb
