#include "services/codestarnotifications/tables.h"

#include <set>

#include "dispatch/event_outbox.h"
#include "services/codestarnotifications/event_types.h"

namespace thimble::services::codestarnotifications {
namespace {

constexpr std::string_view kResource = "notificationrule/";

void tellOutbox(dispatch::Context& context) {
  std::set<std::string> sources;
  for (const auto& entry : kRules.scan(context.transaction(), {}, context.account(), context.region())) {
    if (entry.record.status() != "ENABLED" || entry.record.targets().empty()) continue;
    for (const std::string& id : entry.record.event_types()) {
      if (const EventType* type = findEventType(id)) sources.insert(std::string(type->source));
    }
  }
  dispatch::setWantedSources(context.transaction(), context.account(), context.region(), sources,
                             dispatch::EventReader::NotificationRules);
}

}  // namespace

std::optional<std::string> ruleIdOf(const dispatch::Context& context, const std::string& arn) {
  const auto parts = base::parseArn(arn);
  if (!parts || parts->service != "codestar-notifications" || !parts->resource.starts_with(kResource)) {
    return std::nullopt;
  }
  if (parts->account != context.account() || parts->region != context.region()) return std::nullopt;
  return parts->resource.substr(kResource.size());
}

base::Result<rows::Rule> findRule(dispatch::Context& context, const std::string& arn) {
  const auto id = ruleIdOf(context, arn);
  auto rule = id ? kRules.get(context.transaction(), context.account(), context.region(), *id) : std::nullopt;
  if (!rule) return ruleNotFound(arn);
  return *std::move(rule);
}

void putRule(dispatch::Context& context, const rows::Rule& rule) {
  kRules.put(context.transaction(), rule, context.account(), context.region(), *ruleIdOf(context, rule.arn()));
  for (const rows::Target& target : rule.targets()) {
    if (kTargets.has(context.transaction(), context.account(), context.region(), target.address())) continue;
    rows::TargetStatus row;
    row.set_type(target.type());
    row.set_status("ACTIVE");
    kTargets.put(context.transaction(), row, context.account(), context.region(), target.address());
  }
  tellOutbox(context);
}

void eraseRule(dispatch::Context& context, const rows::Rule& rule) {
  kRules.erase(context.transaction(), context.account(), context.region(), *ruleIdOf(context, rule.arn()));
  tellOutbox(context);
}

}  // namespace thimble::services::codestarnotifications
