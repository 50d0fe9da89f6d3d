// What cannot be changed of a table while something else of it is changing.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// ResourceInUseException when UpdateTable's `input` asks for what the table, in the middle of another change, does not
/// take. Encryption, deletion protection and warming go beside everything but themselves.
base::Result<void> checkMayChange(const base::Json& input, const rows::Table& table);

/// ResourceInUseException while the table is being changed at all.
base::Result<void> checkMayBeDeleted(const rows::Table& table);

}  // namespace thimble::services::dynamodb
