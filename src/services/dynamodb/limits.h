// OnDemandThroughput and WarmThroughput of a table or a global index: what they may be, and their place in the row.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"
#include "services/dynamodb/errors.h"

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

/// Whose limits: "table", or an index's name.
struct Limited {
  std::string index;  ///< Empty: the table's.
  std::string billing;
  bool created = false;  ///< Not there before: there is nothing to take a limit from.
};

/// Reads one of OnDemandThroughput's members; -1 takes the limit away.
inline base::Result<void> readMost(const base::Json& input, const char* name, const Limited& of, std::int64_t& most) {
  const base::Json& value = input["OnDemandThroughput"][name];
  if (!value.isInt()) return {};
  const std::string what = std::string(name) + " for OnDemandThroughput";
  if (of.billing == "PROVISIONED") {
    return invalidParameter(what + (of.index.empty() ? "" : " for index : " + of.index) +
                            " cannot be specified when the table BillingMode is PROVISIONED");
  }
  const bool removes = value.asInt() == -1 && !of.created;
  if (value.asInt() < 1 && !removes) {
    return invalidParameter("Requested " + what + (of.index.empty() ? " for table" : " for index : " + of.index) +
                            " is outside of valid range");
  }
  most = removes ? 0 : value.asInt();
  return {};
}

/// Reads one of WarmThroughput's members. `provisioned`: the units that are provisioned, if any are.
inline base::Result<void> readWarm(const base::Json& input, const WarmMember& member, const Limited& of,
                                   std::int64_t provisioned, std::int64_t& warm) {
  const base::Json& value = input["WarmThroughput"][member.name];
  if (!value.isInt()) return {};
  const bool on_demand = of.billing != "PROVISIONED";
  const std::int64_t current = warm != 0 ? warm : on_demand ? member.usual : provisioned;
  if (value.asInt() < current) {
    const std::string what = "Requested " + std::string(member.name) + " for WarmThroughput for " +
                             (of.index.empty() ? "table" : "index " + of.index) + " is lower than ";
    if (!of.created) {
      return invalidParameter(what + "current WarmThroughput, decreasing WarmThroughput is not supported");
    }
    if (!on_demand) return invalidParameter(what + member.provisioned + " of ProvisionedThroughput");
    return invalidParameter(what +
                            "initial throughput for OnDemand. See: "
                            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                            "on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
  }
  warm = value.asInt();
  return {};
}

/// Puts both into `row`, a rows::Table or rows::Index. `input`: what has the two members.
template <class Row>
base::Result<void> readLimits(const base::Json& input, const Limited& of, Row& row) {
  std::int64_t most_read = row.max_read(), most_write = row.max_write();
  TRY(readMost(input, "MaxReadRequestUnits", of, most_read));
  TRY(readMost(input, "MaxWriteRequestUnits", of, most_write));
  std::int64_t warm_read = row.warm_read(), warm_write = row.warm_write();
  TRY(readWarm(input, kWarmReads, of, row.throughput().read(), warm_read));
  TRY(readWarm(input, kWarmWrites, of, row.throughput().write(), warm_write));
  row.set_max_read(most_read);
  row.set_max_write(most_write);
  row.set_warm_read(warm_read);
  row.set_warm_write(warm_write);
  return {};
}

}  // namespace thimble::services::dynamodb
