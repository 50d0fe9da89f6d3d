// OnDemandThroughput and WarmThroughput of a table or a global index: what they may be, and their place in the row.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/dynamodb/dynamodb.pb.h"
#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {

// What a new on-demand table can take at once, without having been warmed.
inline constexpr std::int64_t kUsualReadUnits = 12000;
inline constexpr std::int64_t kUsualWriteUnits = 4000;

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

/// Reads one of WarmThroughput's members. `usual`: what an on-demand table has anyway.
inline base::Result<void> readWarm(const base::Json& input, const char* name, const Limited& of, std::int64_t usual,
                                   std::int64_t provisioned, std::int64_t& warm) {
  const base::Json& value = input["WarmThroughput"][name];
  if (!value.isInt()) return {};
  const std::string whose = of.index.empty() ? "table" : "index " + of.index;
  if (of.created && of.billing == "PROVISIONED" && value.asInt() < provisioned) {
    return invalidParameter("Requested " + std::string(name) + " for WarmThroughput for " + whose + " is lower than " +
                            (usual == kUsualReadUnits ? "ReadCapacityUnits" : "WriteCapacityUnits") +
                            " of ProvisionedThroughput");
  }
  if (of.created && of.billing != "PROVISIONED" && value.asInt() < usual) {
    return invalidParameter("Requested " + std::string(name) + " for WarmThroughput for " + whose +
                            " is lower than initial throughput for OnDemand. See: "
                            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                            "on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
  }
  const std::int64_t current = warm != 0 ? warm : of.billing == "PROVISIONED" ? provisioned : usual;
  if (!of.created && value.asInt() < current) {
    return invalidParameter("Requested " + std::string(name) + " for WarmThroughput for " + whose +
                            " is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
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
  TRY(readWarm(input, "ReadUnitsPerSecond", of, kUsualReadUnits, row.throughput().read(), warm_read));
  TRY(readWarm(input, "WriteUnitsPerSecond", of, kUsualWriteUnits, row.throughput().write(), warm_write));
  row.set_max_read(most_read);
  row.set_max_write(most_write);
  row.set_warm_read(warm_read);
  row.set_warm_write(warm_write);
  return {};
}

}  // namespace thimble::services::dynamodb
