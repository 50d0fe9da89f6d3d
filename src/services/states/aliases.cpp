// Aliases of state machines: names that lead to one or two versions.
#include "services/states/errors.h"
#include "services/states/machines.h"
#include "services/states/paging.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Result;
using base::Timestamp;
namespace s = shapes::states;

/// The routes, all of one machine, whose ARN goes to `machine_arn`.
Result<std::vector<rows::Route>> readRoutes(dispatch::Context& context,
                                            const std::vector<s::RoutingConfigurationListItem>& items,
                                            std::string& machine_arn) {
  if (items.empty() || items.size() > 2) return validation("The routing configuration must have one or two versions");
  std::vector<rows::Route> out;
  int weights = 0;
  for (const auto& item : items) {
    TRY_ASSIGN(const MachineArn arn, parseMachineArn(item.stateMachineVersionArn_));
    if (!arn.isVersion()) return validation("The routing configuration must name state machine version ARNs");
    if (!machine_arn.empty() && machine_arn != arn.unqualified()) {
      return validation("The versions of a routing configuration must be of the same state machine");
    }
    machine_arn = arn.unqualified();
    if (!kVersions.has(context.transaction(), machine_arn, -arn.version())) return aliasNotFound();
    if (!out.empty() && out[0].version_arn() == item.stateMachineVersionArn_) {
      return validation("The versions of a routing configuration must differ");
    }
    rows::Route route;
    route.set_version_arn(item.stateMachineVersionArn_);
    route.set_weight(static_cast<int>(item.weight_));
    weights += static_cast<int>(item.weight_);
    out.push_back(std::move(route));
  }
  if (weights != 100) return validation("The sum of the weights of a routing configuration must be 100");
  return out;
}

struct AliasKey {
  std::string machine_arn, name;
};

Result<AliasKey> readAliasArn(const std::string& text) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(text));
  if (arn.qualifier.empty() || arn.isVersion()) return validation("The ARN must be a state machine alias ARN");
  return AliasKey{arn.unqualified(), arn.qualifier};
}

bool sameRoutes(const rows::Alias& alias, const std::vector<rows::Route>& routes) {
  if (alias.routes_size() != static_cast<int>(routes.size())) return false;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (alias.routes(static_cast<int>(i)).SerializeAsString() != routes[i].SerializeAsString()) return false;
  }
  return true;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
Result<s::CreateStateMachineAlias::Output> createAlias(dispatch::Context& context,
                                                       const s::CreateStateMachineAlias::Input& input) {
  if (!isValidName(input.name_)) return invalidName(input.name_);
  std::string machine_arn;
  TRY_ASSIGN(const auto routes, readRoutes(context, input.routingConfiguration_, machine_arn));
  s::CreateStateMachineAlias::Output output;
  output.stateMachineAliasArn_ = machine_arn + ":" + input.name_;
  if (const auto existing = kAliases.get(context.transaction(), machine_arn, input.name_)) {
    if (existing->description() != input.description_.value_or("") || !sameRoutes(*existing, routes)) {
      return conflict(
          "Failed to create alias because an alias with the same name and a different routing configuration already "
          "exists.");
    }
    output.creationDate_ = Timestamp{existing->created()};
    return output;
  }
  rows::Alias alias;
  alias.set_arn(output.stateMachineAliasArn_);
  alias.set_name(input.name_);
  alias.set_machine_arn(machine_arn);
  alias.set_description(input.description_.value_or(""));
  for (const rows::Route& route : routes) *alias.add_routes() = route;
  alias.set_created(context.now().milliseconds);
  alias.set_updated(alias.created());
  kAliases.put(context.transaction(), alias, machine_arn, input.name_);
  output.creationDate_ = Timestamp{alias.created()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
Result<s::UpdateStateMachineAlias::Output> updateAlias(dispatch::Context& context,
                                                       const s::UpdateStateMachineAlias::Input& input) {
  TRY_ASSIGN(const AliasKey key, readAliasArn(input.stateMachineAliasArn_));
  auto alias = kAliases.get(context.transaction(), key.machine_arn, key.name);
  if (!alias) return aliasNotFound();
  if (input.description_) alias->set_description(*input.description_);
  if (input.routingConfiguration_) {
    std::string machine_arn = key.machine_arn;
    TRY_ASSIGN(const auto routes, readRoutes(context, *input.routingConfiguration_, machine_arn));
    alias->clear_routes();
    for (const rows::Route& route : routes) *alias->add_routes() = route;
  }
  alias->set_updated(context.now().milliseconds);
  kAliases.put(context.transaction(), *alias, key.machine_arn, key.name);
  s::UpdateStateMachineAlias::Output output;
  output.updateDate_ = Timestamp{alias->updated()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html
Result<s::DeleteStateMachineAlias::Output> deleteAlias(dispatch::Context& context,
                                                       const s::DeleteStateMachineAlias::Input& input) {
  TRY_ASSIGN(const AliasKey key, readAliasArn(input.stateMachineAliasArn_));
  kAliases.erase(context.transaction(), key.machine_arn, key.name);
  return s::DeleteStateMachineAlias::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html
Result<s::DescribeStateMachineAlias::Output> describeAlias(dispatch::Context& context,
                                                           const s::DescribeStateMachineAlias::Input& input) {
  TRY_ASSIGN(const AliasKey key, readAliasArn(input.stateMachineAliasArn_));
  const auto alias = kAliases.get(context.transaction(), key.machine_arn, key.name);
  if (!alias) return aliasNotFound();
  s::DescribeStateMachineAlias::Output output;
  output.stateMachineAliasArn_ = alias->arn();
  output.name_ = alias->name();
  if (!alias->description().empty()) output.description_ = alias->description();
  output.routingConfiguration_.emplace();
  for (const rows::Route& route : alias->routes()) {
    s::RoutingConfigurationListItem item;
    item.stateMachineVersionArn_ = route.version_arn();
    item.weight_ = route.weight();
    output.routingConfiguration_->push_back(std::move(item));
  }
  output.creationDate_ = Timestamp{alias->created()};
  output.updateDate_ = Timestamp{alias->updated()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html
Result<s::ListStateMachineAliases::Output> listAliases(dispatch::Context& context,
                                                       const s::ListStateMachineAliases::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineArn_));
  if (!loadMachine(context.transaction(), arn)) return stateMachineDoesNotExist(input.stateMachineArn_);
  const auto keep = [&](const rows::Alias& alias) {
    if (arn.qualifier.empty()) return true;
    for (const rows::Route& route : alias.routes()) {
      if (route.version_arn() == input.stateMachineArn_) return true;
    }
    return false;
  };
  TRY_ASSIGN(auto page, readPageIf(kAliases, context.transaction(), input.nextToken_, input.maxResults_, false, keep,
                                   arn.unqualified()));
  s::ListStateMachineAliases::Output output;
  for (const rows::Alias& alias : page.records) {
    s::StateMachineAliasListItem item;
    item.stateMachineAliasArn_ = alias.arn();
    item.creationDate_ = Timestamp{alias.created()};
    output.stateMachineAliases_.push_back(std::move(item));
  }
  output.nextToken_ = page.next_token;
  return output;
}

}  // namespace

void registerAliases(dispatch::Registry& registry) {
  registry.add<s::CreateStateMachineAlias>(createAlias);
  registry.add<s::UpdateStateMachineAlias>(updateAlias);
  registry.add<s::DeleteStateMachineAlias>(deleteAlias);
  registry.add<s::DescribeStateMachineAlias>(describeAlias);
  registry.add<s::ListStateMachineAliases>(listAliases);
}

}  // namespace thimble::services::states
