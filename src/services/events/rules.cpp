// PutRule, DescribeRule, ListRules, ListRuleNamesByTarget, EnableRule, DisableRule, DeleteRule.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and the pages beside it
#include <algorithm>

#include "base/json_binary.h"
#include "lang/schedule/schedule.h"
#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "services/events/schedules.h"
#include "services/events/tag_rows.h"
#include "services/events/target_rows.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxRules = 300;

base::Result<PutRule::Output> put(dispatch::Context& context, const PutRule::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:PutRule", bus.ruleArn(input.Name_)));
  // 1. What the rule is to be.
  const std::string pattern = input.EventPattern_.value_or("");
  const std::string schedule = input.ScheduleExpression_.value_or("");
  if (pattern.empty() && schedule.empty()) {
    return validation("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (!schedule.empty()) {
    if (!bus.isDefault()) return validation("ScheduleExpression is supported only on the default event bus.");
    if (!lang::schedule::Schedule::parse(schedule)) return validation("Parameter ScheduleExpression is not valid.");
  }
  TRY(checkPattern(pattern));
  TRY(findBus(context.transaction(), bus));
  // 2. A rule of that name keeps its targets and tags.
  auto before = kRules.get(context.transaction(), bus.account, bus.region, bus.name, input.Name_);
  if (!before &&
      kRules.scan(context.transaction(), {.limit = kMaxRules}, bus.account, bus.region, bus.name).size() >= kMaxRules) {
    return limitExceeded();
  }
  rows::Rule rule = before.value_or(rows::Rule());
  rule.set_name(input.Name_);
  rule.set_bus(bus.name);
  rule.set_event_pattern(pattern);
  rule.set_schedule(schedule);
  rule.set_state(input.State_.value_or("ENABLED"));
  rule.set_description(input.Description_.value_or(""));
  rule.set_role_arn(input.RoleArn_.value_or(""));
  if (!before) {
    rule.set_created_by(context.account());
    rule.set_created(context.now().milliseconds);
    TRY(addTags(*rule.mutable_tags(), input.Tags_));
  }
  putRule(context.transaction(), bus, rule);
  rescheduleRule(context, bus, rule.name());
  PutRule::Output output;
  output.RuleArn_ = bus.ruleArn(rule.name());
  return output;
}

template <class Shown>
void show(Shown& shown, const Bus& bus, const rows::Rule& rule) {
  shown.Name_ = rule.name();
  shown.Arn_ = bus.ruleArn(rule.name());
  if (!rule.event_pattern().empty()) shown.EventPattern_ = rule.event_pattern();
  if (!rule.schedule().empty()) shown.ScheduleExpression_ = rule.schedule();
  if (!rule.description().empty()) shown.Description_ = rule.description();
  if (!rule.role_arn().empty()) shown.RoleArn_ = rule.role_arn();
  shown.State_ = rule.state();
  shown.EventBusName_ = bus.name;
}

base::Result<DescribeRule::Output> describe(dispatch::Context& context, const DescribeRule::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:DescribeRule", bus.ruleArn(input.Name_)));
  TRY_ASSIGN(const rows::Rule rule, findRule(context.transaction(), bus, input.Name_));
  DescribeRule::Output output;
  show(output, bus, rule);
  output.CreatedBy_ = rule.created_by();
  return output;
}

base::Result<ListRules::Output> list(dispatch::Context& context, const ListRules::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(findBus(context.transaction(), bus));
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListRules::Output output;
  output.Rules_.emplace();
  for (const auto& entry : kRules.scan(context.transaction(), {}, bus.account, bus.region, bus.name)) {
    const rows::Rule& rule = entry.record;
    if (!rule.name().starts_with(input.NamePrefix_.value_or("")) || !page.takes(rule.name())) continue;
    show(output.Rules_->emplace_back(), bus, rule);
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<ListRuleNamesByTarget::Output> listByTarget(dispatch::Context& context,
                                                         const ListRuleNamesByTarget::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(findBus(context.transaction(), bus));
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListRuleNamesByTarget::Output output;
  output.RuleNames_.emplace();
  for (const auto& entry : kRules.scan(context.transaction(), {}, bus.account, bus.region, bus.name)) {
    const auto targets = readTargets(entry.record);
    const bool has = std::any_of(targets.begin(), targets.end(),
                                 [&](const base::Json& each) { return each.stringAt("Arn") == input.TargetArn_; });
    if (has && page.takes(entry.record.name())) output.RuleNames_->push_back(entry.record.name());
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<void> setState(dispatch::Context& context, const std::string& name,
                            const std::optional<std::string>& bus_name, const std::string& action,
                            const std::string& state) {
  const Bus bus = busNamed(context, bus_name);
  TRY(context.authorise(action, bus.ruleArn(name)));
  TRY_ASSIGN(rows::Rule rule, findRule(context.transaction(), bus, name));
  rule.set_state(state);
  putRule(context.transaction(), bus, rule);
  rescheduleRule(context, bus, name);
  return {};
}

base::Result<EnableRule::Output> enable(dispatch::Context& context, const EnableRule::Input& input) {
  TRY(setState(context, input.Name_, input.EventBusName_, "events:EnableRule", "ENABLED"));
  return EnableRule::Output();
}

base::Result<DisableRule::Output> disable(dispatch::Context& context, const DisableRule::Input& input) {
  TRY(setState(context, input.Name_, input.EventBusName_, "events:DisableRule", "DISABLED"));
  return DisableRule::Output();
}

base::Result<DeleteRule::Output> remove(dispatch::Context& context, const DeleteRule::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:DeleteRule", bus.ruleArn(input.Name_)));
  TRY(findBus(context.transaction(), bus));
  const auto rule = kRules.get(context.transaction(), bus.account, bus.region, bus.name, input.Name_);
  if (!rule) return DeleteRule::Output();
  if (!rule->targets().empty()) return validation("Rule can't be deleted since it has targets.");
  kRules.erase(context.transaction(), bus.account, bus.region, bus.name, input.Name_);
  refreshWantedSources(context.transaction(), bus);
  rescheduleRule(context, bus, input.Name_);
  return DeleteRule::Output();
}

}  // namespace

base::Result<void> checkPattern(const std::string& pattern) {
  if (pattern.empty()) return {};
  const auto parsed = lang::event_pattern::EventPattern::parse(pattern);
  if (!parsed.ok()) return invalidPattern(parsed.error().reason);
  return {};
}

void registerRules(dispatch::Registry& registry) {
  registry.add<PutRule>(put);
  registry.add<DescribeRule>(describe);
  registry.add<ListRules>(list);
  registry.add<ListRuleNamesByTarget>(listByTarget);
  registry.add<EnableRule>(enable);
  registry.add<DisableRule>(disable);
  registry.add<DeleteRule>(remove);
}

}  // namespace thimble::services::events
