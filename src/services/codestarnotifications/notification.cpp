#include "services/codestarnotifications/notification.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

Json additionalAttributes(const Json& detail) {
  Json attributes = Json::object();
  if (const Json* result = detail.find("execution-result")) {
    const std::string summary = result->stringAt("external-execution-summary");
    if (!summary.empty()) attributes.set("additionalInformation", summary);
  }
  for (const char* member : {"customData", "externalEntityLink"}) {
    if (detail.contains(member)) attributes.set(member, detail[member]);
  }
  return attributes;
}

}  // namespace

std::string notificationMessage(const Json& event, const std::string& rule_arn, bool full) {
  return Json::object({{"account", event["account"]},
                       {"detailType", event["detail-type"]},
                       {"region", event["region"]},
                       {"source", event["source"]},
                       {"time", event["time"]},
                       {"notificationRuleArn", rule_arn},
                       {"detail", event["detail"]},
                       {"resources", event["resources"]},
                       {"additionalAttributes", full ? additionalAttributes(event["detail"]) : Json::object()}})
      .write();
}

}  // namespace thimble::services::codestarnotifications
