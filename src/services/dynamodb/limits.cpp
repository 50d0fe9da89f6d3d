#include "services/dynamodb/limits.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/quotas.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

base::ApiError aboveQuota(const std::string& what, const char* unit, const std::string& region) {
  return limitExceeded("Subscriber limit exceeded: Requested " + what + " exceeds TableMax" + unit +
                       " of the account in region " + region);
}

/// Reads one of OnDemandThroughput's members into `most`, where 0 is no limit.
base::Result<void> readMost(const Json& input, const char* name, const char* unit, const Limited& of,
                            std::int64_t& most) {
  const Json& value = input["OnDemandThroughput"][name];
  if (!value.isInt()) return {};
  const std::string what = std::string(name) + " for OnDemandThroughput";
  if (of.billing == "PROVISIONED") {
    const std::string whose = of.index.empty() ? ""
                              : of.created     ? " for index: " + of.index
                                               : " for index : " + of.index;
    return invalidParameter(what + whose + " cannot be specified when " + (of.created ? "" : "the ") +
                            "table BillingMode is PROVISIONED" + (of.created ? "." : ""));
  }
  const std::string whose = of.index.empty() ? " for table" : " for index : " + of.index;
  const bool removes = value.asInt() == -1 && !of.created;
  if (value.asInt() < 1 && !removes) {
    return invalidParameter("Requested " + what + whose + " is outside of valid range");
  }
  if (value.asInt() > kMostUnitsOfTable) return aboveQuota(what + whose, unit, of.region);
  most = removes ? 0 : value.asInt();
  return {};
}

/// Reads one of WarmThroughput's members into `warm`. `current`: what there is.
base::Result<void> readWarm(const Json& input, const WarmMember& member, const Limited& of, std::int64_t current,
                            std::int64_t& warm) {
  const Json& value = input["WarmThroughput"][member.name];
  if (!value.isInt()) return {};
  const std::string what =
      std::string(member.name) + " for WarmThroughput for " + (of.index.empty() ? "table" : "index " + of.index);
  if (value.asInt() < current) {
    const std::string lower = "Requested " + what + " is lower than ";
    if (!of.created) {
      return invalidParameter(lower + "current WarmThroughput, decreasing WarmThroughput is not supported");
    }
    if (of.billing == "PROVISIONED") return invalidParameter(lower + member.provisioned + " of ProvisionedThroughput");
    return invalidParameter(lower +
                            "initial throughput for OnDemand. See: "
                            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                            "on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
  }
  if (value.asInt() > kMostUnitsOfTable) return aboveQuota(what, member.provisioned, of.region);
  warm = value.asInt();
  return {};
}

template <class Row>
base::Result<void> read(const Json& input, const Limited& of, Row& row) {
  std::int64_t most_read = row.max_read(), most_write = row.max_write();
  TRY(readMost(input, "MaxReadRequestUnits", kWarmReads.provisioned, of, most_read));
  TRY(readMost(input, "MaxWriteRequestUnits", kWarmWrites.provisioned, of, most_write));
  const Warmths current = warmthsOf(row, of.billing);
  std::int64_t warm_read = 0, warm_write = 0;
  TRY(readWarm(input, kWarmReads, of, current.reads, warm_read));
  TRY(readWarm(input, kWarmWrites, of, current.writes, warm_write));
  row.set_max_read(most_read);
  row.set_max_write(most_write);
  if (input["WarmThroughput"].isNull()) return {};
  if (warm_read != 0) row.mutable_warmth()->set_next_read(warm_read);
  if (warm_write != 0) row.mutable_warmth()->set_next_write(warm_write);
  row.set_warm_updating(true);
  if (of.created) finishWarming(row);
  return {};
}

}  // namespace

base::Result<void> readLimits(const Json& input, const Limited& of, rows::Table& row) {
  return read(input, of, row);
}
base::Result<void> readLimits(const Json& input, const Limited& of, rows::Index& row) {
  return read(input, of, row);
}

}  // namespace thimble::services::dynamodb
