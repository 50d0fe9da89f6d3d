#include "services/events/routing.h"

#include <algorithm>

#include "base/json_binary.h"
#include "services/events/delivery.h"

namespace thimble::services::events {
namespace {

/// Context and ProcessContext offer the same.
template <class AnyContext>
void deliver(AnyContext& context, const Bus& bus, const rows::Rule& rule, const base::Json& event) {
  for (const std::string& target : rule.targets()) {
    rows::Delivery delivery;
    delivery.set_account(bus.account);
    delivery.set_region(bus.region);
    delivery.set_rule_arn(bus.ruleArn(rule.name()));
    delivery.set_target(target);
    delivery.set_event(base::encodeJsonBinary(event));
    delivery.set_began(context.now().milliseconds);
    const std::string id = context.random().uuid();
    kDeliveries.put(context.transaction(), delivery, id);
    context.start({std::string(kDeliveryKind), id}, base::Json());
  }
}

template <class AnyContext>
void route(AnyContext& context, PatternCache& patterns, const Bus& bus, const RoutedEvent& routed) {
  const base::Json& event = routed.event;
  for (const auto& entry : kRules.scan(context.transaction(), {}, bus.account, bus.region, bus.name)) {
    const rows::Rule& rule = entry.record;
    if (rule.state() == "DISABLED" || rule.event_pattern().empty() || rule.targets().empty()) continue;
    if (!routed.only_rules.empty() && std::find(routed.only_rules.begin(), routed.only_rules.end(),
                                                bus.ruleArn(rule.name())) == routed.only_rules.end()) {
      continue;
    }
    if (patterns.matches(rule.event_pattern(), event)) deliver(context, bus, rule, event);
  }
  if (event.contains("replay-name")) return;
  for (const auto& entry : kArchives.scan(context.transaction(), {}, bus.account, bus.region)) {
    const rows::Archive& archive = entry.record;
    if (archive.bus() != bus.name || !patterns.matches(archive.event_pattern(), event)) continue;
    rows::ArchivedEvent archived;
    archived.set_event(base::encodeJsonBinary(event));
    archived.set_size(static_cast<std::int64_t>(eventSize(event)));
    const auto time = base::parseIso8601(event.stringAt("time")).value_or(context.now());
    kArchivedEvents.put(context.transaction(), archived, bus.account, bus.region, archive.name(), time.milliseconds,
                        event.stringAt("id"));
  }
}

}  // namespace

void routeEvent(dispatch::Context& context, PatternCache& patterns, const Bus& bus, const RoutedEvent& routed) {
  route(context, patterns, bus, routed);
}

void routeEvent(dispatch::ProcessContext& context, PatternCache& patterns, const Bus& bus, const RoutedEvent& routed) {
  route(context, patterns, bus, routed);
}

void deliverToTargets(dispatch::ProcessContext& context, const Bus& bus, const rows::Rule& rule,
                      const base::Json& event) {
  deliver(context, bus, rule, event);
}

std::size_t eventSize(const base::Json& event) {
  constexpr std::size_t kOverheadBytes = 26;  // What archives were seen to count beside the texts.
  std::size_t size = kOverheadBytes + event.stringAt("source").size() + event.stringAt("detail-type").size() +
                     event["detail"].write().size();
  for (std::size_t i = 0; i < event["resources"].size(); ++i) {
    size += event["resources"][i].isString() ? event["resources"][i].asString().size() : 0;
  }
  return size;
}

}  // namespace thimble::services::events
