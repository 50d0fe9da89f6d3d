#include "services/apigateway/api_keys.h"

#include "services/apigateway/document.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;

/// The day, week (from Monday) or month that a moment is in.
std::string periodOf(const std::string& period, base::Timestamp now) {
  const std::string date = base::formatIso8601Seconds(now);
  if (period == "MONTH") return date.substr(0, 7);
  if (period == "DAY") return date.substr(0, 10);
  // 1970-01-01 was a Thursday.
  return "W" + std::to_string((now.seconds() / kDay + 3) / 7);
}

}  // namespace

std::optional<KeyAccess> findApiKey(store::Transaction& transaction, const std::string& account,
                                    const std::string& region, const std::string& api, const std::string& stage,
                                    const std::string& value) {
  if (value.empty()) return std::nullopt;
  for (const Json& key : listItems(transaction, account, region, "apiKey")) {
    if (key["value"] != Json(value)) continue;
    if (key["enabled"] != Json(true)) return std::nullopt;
    KeyAccess access;
    access.id = key.stringAt("id");
    for (const Json& plan : listItems(transaction, account, region, "usagePlan")) {
      if (!plan["_keys"].contains(access.id)) continue;
      for (const Json& each : plan["apiStages"].asArray()) {
        if (each["apiId"] != Json(api) || each["stage"] != Json(stage)) continue;
        access.plan = plan.stringAt("id");
        const Json& throttle = plan["throttle"];
        if (throttle["rateLimit"].isNumber()) access.rate = throttle["rateLimit"].asDouble();
        access.burst = throttle["burstLimit"].isNumber() ? throttle["burstLimit"].asDouble() : access.rate;
        const Json& quota = plan["quota"];
        if (quota["limit"].isInt()) {
          access.quota = Quota{access.plan, access.id, quota["limit"].asInt(), quota.stringAt("period", "DAY")};
        }
        return access;
      }
    }
    return std::nullopt;
  }
  return std::nullopt;
}

bool countRequest(store::Transaction& transaction, const std::string& account, const std::string& region,
                  const Quota& quota, base::Timestamp now) {
  const std::string id = quota.plan + "/" + quota.key;
  const std::string period = periodOf(quota.period, now);
  const Json before = findItem(transaction, account, region, "quotaUse", id).value_or(Json::object());
  const std::int64_t used = before["period"] == Json(period) && before["used"].isInt() ? before["used"].asInt() : 0;
  if (used >= quota.limit) return false;
  saveItem(transaction, account, region, "quotaUse", id, Json::object({{"period", period}, {"used", used + 1}}));
  return true;
}

}  // namespace thimble::services::apigateway
