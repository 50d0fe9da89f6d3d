// OnDemandThroughput and WarmThroughput of a table or a global index: what they may be, and their place in the row.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
#pragma once

#include <algorithm>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// A member of WarmThroughput: what it is called in ProvisionedThroughput, and what a new on-demand table can take at
/// once without having been warmed.
struct WarmMember {
  const char* name;
  const char* provisioned;
  std::int64_t usual;
};
inline constexpr WarmMember kWarmReads = {"ReadUnitsPerSecond", "ReadCapacityUnits", 12000};
inline constexpr WarmMember kWarmWrites = {"WriteUnitsPerSecond", "WriteCapacityUnits", 4000};

/// What a table or an index can take at once: what it was warmed to, what it is provisioned with or what on-demand
/// tables can take, and what it could take before.
struct Warmths {
  std::int64_t reads = 0;
  std::int64_t writes = 0;
};

/// `row`: a rows::Table or rows::Index; `billing`: the table's.
template <class Row>
Warmths warmthsOf(const Row& row, const std::string& billing) {
  const bool provisioned = billing == "PROVISIONED";
  return {
      std::max({row.warm_read(), row.warmth().most_read(), provisioned ? row.throughput().read() : kWarmReads.usual}),
      std::max(
          {row.warm_write(), row.warmth().most_write(), provisioned ? row.throughput().write() : kWarmWrites.usual})};
}

/// Before a change of capacity or billing, which does not take back what the row can take at once.
template <class Row>
void keepWarmth(Row& row, const std::string& billing) {
  const Warmths now = warmthsOf(row, billing);
  row.mutable_warmth()->set_most_read(now.reads);
  row.mutable_warmth()->set_most_write(now.writes);
}

/// What it was being warmed to it can take from now on. True when it was.
template <class Row>
bool finishWarming(Row& row) {
  if (!row.warm_updating()) return false;
  row.set_warm_updating(false);
  if (row.warmth().next_read() != 0) row.set_warm_read(row.warmth().next_read());
  if (row.warmth().next_write() != 0) row.set_warm_write(row.warmth().next_write());
  row.mutable_warmth()->set_next_read(0);
  row.mutable_warmth()->set_next_write(0);
  return true;
}

/// Whose limits they are.
struct Limited {
  std::string index;  ///< Empty: the table's.
  std::string billing;
  std::string region;
  bool created = false;  ///< Not there before: there is nothing to take a limit from.
};

/// Puts OnDemandThroughput and WarmThroughput of `input` into `row`, a rows::Table or rows::Index. What exists is
/// warmed later (finishWarming()); of OnDemandThroughput, -1 takes a limit away.
base::Result<void> readLimits(const base::Json& input, const Limited& of, rows::Table& row);
base::Result<void> readLimits(const base::Json& input, const Limited& of, rows::Index& row);

}  // namespace thimble::services::dynamodb
