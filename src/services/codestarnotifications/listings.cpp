// ListNotificationRules, ListEventTypes, ListTargets.
#include <functional>

#include "base/encoding.h"
#include "services/codestarnotifications/event_types.h"
#include "services/codestarnotifications/operations.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

constexpr std::int64_t kLargestPage = 100;

bool sameWithoutCase(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Whether all filters hold, by `holds(name, value)`; several of one name are alternatives.
bool passes(const Json& filters, const std::function<bool(const std::string&, const std::string&)>& holds) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::string name = filters[i].stringAt("Name");
    bool any = false;
    for (std::size_t k = 0; k < filters.size(); ++k) {
      any = any || (filters[k].stringAt("Name") == name && holds(name, filters[k].stringAt("Value")));
    }
    if (!any) return false;
  }
  return true;
}

/// A page of what is listed; the token is the place of the next one.
base::Result<Json> page(const Json& input, const char* list, const std::vector<Json>& all) {
  std::size_t begin = 0;
  if (input.contains("NextToken")) {
    const auto token = base::decodeBase64(input.stringAt("NextToken"));
    if (!token || token->empty() || token->size() > 9 || token->find_first_not_of("0123456789") != std::string::npos) {
      return base::ApiError{"InvalidNextTokenException", "The value for the enumeration token is not valid."};
    }
    begin = static_cast<std::size_t>(std::stoll(*token));
  }
  const std::int64_t given = input["MaxResults"].isInt() ? input["MaxResults"].asInt() : kLargestPage;
  const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(given, 1, kLargestPage));
  Json shown = Json::array();
  for (std::size_t i = begin; i < all.size() && i < begin + most; ++i) shown.push(all[i]);
  Json output = Json::object({{list, std::move(shown)}});
  if (begin + most < all.size()) output.set("NextToken", base::encodeBase64(std::to_string(begin + most)));
  return output;
}

base::Result<Json> listRules(dispatch::Context& context, const Json& input) {
  std::vector<Json> all;
  for (const auto& entry : kRules.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::Rule& rule = entry.record;
    const bool shown = passes(input["Filters"], [&](const std::string& name, const std::string& value) {
      if (name == "RESOURCE") return rule.resource() == value;
      if (name == "CREATED_BY") return rule.created_by() == value;
      if (name == "EVENT_TYPE_ID") {
        return std::find(rule.event_types().begin(), rule.event_types().end(), value) != rule.event_types().end();
      }
      return std::any_of(rule.targets().begin(), rule.targets().end(),
                         [&](const rows::Target& target) { return target.address() == value; });
    });
    if (shown) all.push_back(Json::object({{"Id", *ruleIdOf(context, rule.arn())}, {"Arn", rule.arn()}}));
  }
  return page(input, "NotificationRules", all);
}

base::Result<Json> listEventTypes(dispatch::Context&, const Json& input) {
  std::vector<Json> all;
  for (const EventType& type : eventTypes()) {
    const bool shown = passes(input["Filters"], [&](const std::string& name, const std::string& value) {
      return sameWithoutCase(value, std::string(name == "SERVICE_NAME" ? type.service : type.resource));
    });
    if (shown) all.push_back(shownEventType(std::string(type.id)));
  }
  return page(input, "EventTypes", all);
}

base::Result<Json> listTargets(dispatch::Context& context, const Json& input) {
  std::vector<Json> all;
  for (const auto& entry : kTargets.scan(context.transaction(), {}, context.account(), context.region())) {
    store::KeyReader reader(entry.key);
    for (int i = 0; i < 3; ++i) reader.text();
    const std::string address = reader.text().value_or("");
    const bool shown = passes(input["Filters"], [&](const std::string& name, const std::string& value) {
      if (name == "TARGET_TYPE") return entry.record.type() == value;
      if (name == "TARGET_STATUS") return entry.record.status() == value;
      return address == value;
    });
    if (!shown) continue;
    all.push_back(Json::object(
        {{"TargetAddress", address}, {"TargetType", entry.record.type()}, {"TargetStatus", entry.record.status()}}));
  }
  return page(input, "Targets", all);
}

}  // namespace

Json shownEventType(const std::string& id) {
  const EventType* type = findEventType(id);
  if (type == nullptr) return Json::object({{"EventTypeId", id}});
  return Json::object({{"EventTypeId", id},
                       {"ServiceName", std::string(type->service)},
                       {"EventTypeName", std::string(type->name)},
                       {"ResourceType", std::string(type->resource)}});
}

void registerListings(dispatch::Registry& registry) {
  registry.addPlain(kService, "ListNotificationRules", listRules);
  registry.addPlain(kService, "ListEventTypes", listEventTypes);
  registry.addPlain(kService, "ListTargets", listTargets);
}

}  // namespace thimble::services::codestarnotifications
