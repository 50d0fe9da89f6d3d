// Streams: what a table's changes are written to.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// Turns the table's stream on or off as a StreamSpecification (or null) says.
base::Result<void> applyStreamSpecification(dispatch::Context& context, rows::Table& table,
                                            const base::Json& specification);
/// Ends the table's stream; its records stay for a day.
void closeStream(dispatch::Context& context, rows::Table& table);

/// A sequence number as clients see it: 21 digits, ordered as texts and as numbers.
std::string sequenceText(std::int64_t sequence);

}  // namespace thimble::services::dynamodb
