#include "services/dynamodb/quotas.h"

#include <algorithm>
#include <ctime>

#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {
namespace {

constexpr std::int64_t kFreeDecreases = 4;
constexpr std::int64_t kSecondsBetween = 3600;
constexpr std::int64_t kDay = 24LL * 3600 * 1000;

/// "Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time".
std::string spelledOut(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[64], time[64];
  std::strftime(day, sizeof day, "%A, %B ", &parts);
  std::strftime(time, sizeof time, ":%M:%S ", &parts);
  const int hour = parts.tm_hour % 12 == 0 ? 12 : parts.tm_hour % 12;
  return day + std::to_string(parts.tm_mday) + ", " + std::to_string(parts.tm_year + 1900) + " at " +
         std::to_string(hour) + time + (parts.tm_hour < 12 ? "AM" : "PM") + " Coordinated Universal Time";
}

}  // namespace

base::Result<void> checkUnits(const rows::Throughput& wanted, const std::string& index, const std::string& region) {
  for (const auto& [name, units] :
       {std::pair("ReadCapacityUnits", wanted.read()), std::pair("WriteCapacityUnits", wanted.write())}) {
    if (units <= kMostUnitsOfTable) continue;
    return limitExceeded("The requested " + std::string(name) + (index.empty() ? "" : " for index " + index) + ", " +
                         std::to_string(units) + ", is above the per " + (index.empty() ? "table" : "index") +
                         " maximum for the account in " + region +
                         ". Per table maximum: " + std::to_string(kMostUnitsOfTable) +
                         ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
                         "limits.");
  }
  return {};
}

base::Result<void> checkDecrease(const rows::Throughput& current, base::Timestamp now) {
  const std::int64_t hour_later = current.last_decrease() + kSecondsBetween * 1000;
  const std::int64_t tomorrow = (current.last_decrease() / kDay + 1) * kDay;
  const std::int64_t next = std::min(hour_later, tomorrow);
  if (current.decreases_today() < kFreeDecreases || now.milliseconds >= next) return {};
  return limitExceeded(
      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the "
      "first " +
      std::to_string(kFreeDecreases) +
      " decreases, each subsequent decrease in the same UTC day can be performed at most once every " +
      std::to_string(kSecondsBetween) +
      " seconds. Number of decreases today: " + std::to_string(current.decreases_today()) + ". Last decrease at " +
      spelledOut(current.last_decrease()) + ". Next decrease can be made at " + spelledOut(next));
}

bool forgetDecreases(rows::Throughput& current, base::Timestamp now) {
  if (current.decreases_today() == 0 || current.last_decrease() / kDay == now.milliseconds / kDay) return false;
  current.set_decreases_today(0);
  return true;
}

}  // namespace thimble::services::dynamodb
