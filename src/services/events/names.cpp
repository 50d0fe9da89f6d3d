#include "services/events/names.h"

#include "base/arn.h"
#include "dispatch/event_outbox.h"
#include "lang/event_pattern/pattern.h"
#include "services/events/errors.h"

namespace thimble::services::events {
namespace {

void addSources(std::set<std::string>& sources, const std::string& pattern_text) {
  const auto pattern = lang::event_pattern::EventPattern::parse(pattern_text);
  if (pattern_text.empty() || !pattern.ok()) {
    sources.insert("*");
  } else {
    sources.merge(pattern->sources());
  }
}

}  // namespace

Bus busNamed(const dispatch::Context& context, const std::optional<std::string>& name_or_arn) {
  if (name_or_arn && !name_or_arn->empty()) {
    if (auto bus = busOfArn(*name_or_arn)) return *std::move(bus);
    return {context.account(), context.region(), *name_or_arn};
  }
  return {context.account(), context.region(), std::string(kDefaultBus)};
}

std::optional<Bus> busOfArn(std::string_view text) {
  constexpr std::string_view kPrefix = "event-bus/";
  const auto arn = base::parseArn(text);
  if (!arn || arn->service != "events" || !arn->resource.starts_with(kPrefix)) return std::nullopt;
  return Bus{arn->account, arn->region, arn->resource.substr(kPrefix.size())};
}

std::string archiveArn(const std::string& account, const std::string& region, const std::string& name) {
  return "arn:aws:events:" + region + ":" + account + ":archive/" + name;
}

std::string replayArn(const std::string& account, const std::string& region, const std::string& name) {
  return "arn:aws:events:" + region + ":" + account + ":replay/" + name;
}

std::optional<RuleName> ruleOfArn(std::string_view text) {
  constexpr std::string_view kPrefix = "rule/";
  const auto arn = base::parseArn(text);
  if (!arn || arn->service != "events" || !arn->resource.starts_with(kPrefix)) return std::nullopt;
  const std::string path = arn->resource.substr(kPrefix.size());
  const std::size_t slash = path.rfind('/');
  const bool on_default = slash == std::string::npos;
  return RuleName{{arn->account, arn->region, on_default ? std::string(kDefaultBus) : path.substr(0, slash)},
                  on_default ? path : path.substr(slash + 1)};
}

base::Result<rows::EventBus> findBus(store::Transaction& transaction, const Bus& bus) {
  if (auto row = kBuses.get(transaction, bus.account, bus.region, bus.name)) return *std::move(row);
  if (!bus.isDefault()) return busNotFound(bus.name);
  rows::EventBus row;
  row.set_name(bus.name);
  return row;
}

base::Result<rows::Rule> findRule(store::Transaction& transaction, const Bus& bus, const std::string& name) {
  TRY(findBus(transaction, bus));
  auto rule = kRules.get(transaction, bus.account, bus.region, bus.name, name);
  if (!rule) return ruleNotFound(name, bus.name);
  return *std::move(rule);
}

void putRule(store::Transaction& transaction, const Bus& bus, const rows::Rule& rule) {
  kRules.put(transaction, rule, bus.account, bus.region, bus.name, rule.name());
  refreshWantedSources(transaction, bus);
}

void refreshWantedSources(store::Transaction& transaction, const Bus& bus) {
  if (!bus.isDefault()) return;
  std::set<std::string> sources;
  for (const auto& entry : kRules.scan(transaction, {}, bus.account, bus.region, bus.name)) {
    const rows::Rule& rule = entry.record;
    if (rule.state() == "DISABLED" || rule.event_pattern().empty() || rule.targets().empty()) continue;
    addSources(sources, rule.event_pattern());
  }
  for (const auto& entry : kArchives.scan(transaction, {}, bus.account, bus.region)) {
    if (entry.record.bus() == bus.name) addSources(sources, entry.record.event_pattern());
  }
  dispatch::setWantedSources(transaction, bus.account, bus.region, sources);
}

}  // namespace thimble::services::events
