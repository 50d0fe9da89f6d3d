// Subscribe, Unsubscribe, DeleteTarget.
#include "services/codestarnotifications/operations.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

constexpr int kMostTargets = 10;

void removeTarget(rows::Rule& rule, const std::string& address) {
  auto* targets = rule.mutable_targets();
  targets->erase(std::remove_if(targets->begin(), targets->end(),
                                [&](const rows::Target& target) { return target.address() == address; }),
                 targets->end());
}

bool hasTarget(const rows::Rule& rule, const std::string& address) {
  return std::any_of(rule.targets().begin(), rule.targets().end(),
                     [&](const rows::Target& target) { return target.address() == address; });
}

base::Result<Json> subscribe(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Rule rule, findRule(context, input.stringAt("Arn")));
  TRY(addTargets(rule, Json::array({input["Target"]})));
  putRule(context, rule);
  return Json::object({{"Arn", rule.arn()}});
}

base::Result<Json> unsubscribe(dispatch::Context& context, const Json& input) {
  auto rule = findRule(context, input.stringAt("Arn"));
  if (!rule.ok()) return validation(rule.error().message);
  removeTarget(*rule, input.stringAt("TargetAddress"));
  putRule(context, *rule);
  return Json::object({{"Arn", rule->arn()}});
}

base::Result<Json> deleteTarget(dispatch::Context& context, const Json& input) {
  const std::string address = input.stringAt("TargetAddress");
  for (auto& entry : kRules.scan(context.transaction(), {}, context.account(), context.region())) {
    if (!hasTarget(entry.record, address)) continue;
    if (input["ForceUnsubscribeAll"] != Json(true)) {
      return validation("The target " + address +
                        " is associated with notification rules. Unsubscribe it first, or use ForceUnsubscribeAll.");
    }
    removeTarget(entry.record, address);
    putRule(context, entry.record);
  }
  kTargets.erase(context.transaction(), context.account(), context.region(), address);
  return Json::object();
}

}  // namespace

base::Result<void> addTargets(rows::Rule& rule, const Json& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string address = targets[i].stringAt("TargetAddress");
    const std::string type = targets[i].stringAt("TargetType", "SNS");
    if (type != "SNS") {
      return base::ApiError{"NotImplemented",
                            "Thimble does not implement targets of the type " + type + " of notification rules.", 501};
    }
    const auto arn = base::parseArn(address);
    if (!arn || arn->service != "sns") return validation("The target address " + address + " is no SNS topic.");
    if (arn->resource.ends_with(".fifo")) return validation("FIFO topics cannot be targets: " + address + ".");
    if (hasTarget(rule, address)) continue;
    rows::Target* target = rule.add_targets();
    target->set_type(type);
    target->set_address(address);
  }
  if (rule.targets_size() > kMostTargets) {
    return base::ApiError{"LimitExceededException", "A notification rule can have no more than 10 targets."};
  }
  return {};
}

void registerSubscriptions(dispatch::Registry& registry) {
  registry.addPlain(kService, "Subscribe", subscribe);
  registry.addPlain(kService, "Unsubscribe", unsubscribe);
  registry.addPlain(kService, "DeleteTarget", deleteTarget);
}

}  // namespace thimble::services::codestarnotifications
