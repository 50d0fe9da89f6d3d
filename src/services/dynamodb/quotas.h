// How much capacity an account may have, as AWS grants it when nothing else was asked for; and how often a capacity may
// be made less. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// Read or write units. Thimble does not add up what an account has.
inline constexpr std::int64_t kMostUnitsOfAccount = 80'000;
inline constexpr std::int64_t kMostUnitsOfTable = 40'000;

/// LimitExceededException for more units than a table or an index may have. `index`: its name, or empty for the table.
base::Result<void> checkUnits(const rows::Throughput& wanted, const std::string& index, const std::string& region);

/// LimitExceededException for a decrease beyond the four of a UTC day within an hour of the last.
base::Result<void> checkDecrease(const rows::Throughput& current, base::Timestamp now);

/// The decreases of another UTC day count no more. True when there were any.
bool forgetDecreases(rows::Throughput& current, base::Timestamp now);

}  // namespace thimble::services::dynamodb
