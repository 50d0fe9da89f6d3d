// CreateNotificationRule, DescribeNotificationRule, UpdateNotificationRule, DeleteNotificationRule.
// https://docs.aws.amazon.com/codestar-notifications/latest/APIReference/API_CreateNotificationRule.html
#include <array>
#include <cctype>

#include "services/codestarnotifications/event_types.h"
#include "services/codestarnotifications/operations.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

constexpr std::size_t kMostRules = 1000;

/// Errors: ValidationException for types that are none, or not of the resource.
base::Result<void> setEventTypes(rows::Rule& rule, const Json& ids) {
  const auto resource = base::parseArn(rule.resource());
  rule.clear_event_types();
  for (const Json& id : ids.asArray()) {
    const EventType* type = findEventType(id.asString());
    if (type == nullptr) return validation("The event type " + id.asString() + " is not valid.");
    if (type->source != "aws." + resource->service) {
      return validation("The event type " + id.asString() + " is not valid for the resource " + rule.resource() + ".");
    }
    const auto& known = rule.event_types();
    if (std::find(known.begin(), known.end(), id.asString()) == known.end()) rule.add_event_types(id.asString());
  }
  return {};
}

base::Result<void> checkResource(const dispatch::Context& context, const std::string& arn) {
  constexpr std::array kServices = {"codebuild", "codecommit", "codepipeline"};
  const auto parts = base::parseArn(arn);
  if (!parts || std::find(kServices.begin(), kServices.end(), parts->service) == kServices.end()) {
    return validation("The resource " + arn + " is not supported.");
  }
  if (parts->account != context.account() || parts->region != context.region()) {
    return validation("The resource " + arn + " is not in the account and region of the notification rule.");
  }
  return {};
}

base::Result<Json> create(dispatch::Context& context, const Json& input) {
  rows::Rule rule;
  rule.set_name(input.stringAt("Name"));
  rule.set_resource(input.stringAt("Resource"));
  TRY(checkResource(context, rule.resource()));
  const std::string token = input.stringAt("ClientRequestToken");
  const auto entries = kRules.scan(context.transaction(), {}, context.account(), context.region());
  for (const auto& entry : entries) {
    if (entry.record.name() != rule.name()) continue;
    if (!token.empty() && entry.record.client_token() == token) return Json::object({{"Arn", entry.record.arn()}});
    return base::ApiError{"ResourceAlreadyExistsException",
                          "A notification rule with the name " + rule.name() + " already exists.", 409};
  }
  if (entries.size() >= kMostRules) {
    return base::ApiError{"LimitExceededException", "The limit of notification rules has been reached."};
  }
  TRY(setEventTypes(rule, input["EventTypeIds"]));
  TRY(addTargets(rule, input["Targets"]));
  TRY(setTags(rule, input["Tags"]));
  rule.set_detail_type(input.stringAt("DetailType"));
  rule.set_status(input.stringAt("Status", "ENABLED"));
  rule.set_created_by(context.call().identity.arn);
  rule.set_created(context.now().milliseconds);
  rule.set_modified(context.now().milliseconds);
  rule.set_client_token(token);
  rule.set_arn("arn:aws:codestar-notifications:" + context.region() + ":" + context.account() + ":notificationrule/" +
               context.random().hex(40));
  putRule(context, rule);
  return Json::object({{"Arn", rule.arn()}});
}

base::Result<Json> describe(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Rule rule, findRule(context, input.stringAt("Arn")));
  Json types = Json::array();
  for (const std::string& id : rule.event_types()) types.push(shownEventType(id));
  Json targets = Json::array();
  for (const rows::Target& target : rule.targets()) {
    const auto known = kTargets.get(context.transaction(), context.account(), context.region(), target.address());
    targets.push(Json::object({{"TargetAddress", target.address()},
                               {"TargetType", target.type()},
                               {"TargetStatus", known ? known->status() : "PENDING"}}));
  }
  return Json::object({{"Arn", rule.arn()},
                       {"Name", rule.name()},
                       {"EventTypes", std::move(types)},
                       {"Resource", rule.resource()},
                       {"Targets", std::move(targets)},
                       {"DetailType", rule.detail_type()},
                       {"CreatedBy", rule.created_by()},
                       {"Status", rule.status()},
                       {"CreatedTimestamp", rule.created()},
                       {"LastModifiedTimestamp", rule.modified()},
                       {"Tags", shownTags(rule)}});
}

base::Result<Json> update(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Rule rule, findRule(context, input.stringAt("Arn")));
  if (input.contains("Name")) rule.set_name(input.stringAt("Name"));
  if (input.contains("Status")) rule.set_status(input.stringAt("Status"));
  if (input.contains("DetailType")) rule.set_detail_type(input.stringAt("DetailType"));
  if (input.contains("EventTypeIds")) TRY(setEventTypes(rule, input["EventTypeIds"]));
  if (input.contains("Targets")) {
    rule.clear_targets();
    TRY(addTargets(rule, input["Targets"]));
  }
  rule.set_modified(context.now().milliseconds);
  putRule(context, rule);
  return Json::object();
}

base::Result<Json> remove(dispatch::Context& context, const Json& input) {
  const auto rule = findRule(context, input.stringAt("Arn"));
  if (rule.ok()) eraseRule(context, *rule);
  return Json::object({{"Arn", input["Arn"]}});  // As AWS: deleting what is not there succeeds.
}

}  // namespace

void registerRules(dispatch::Registry& registry) {
  registry.addPlain(kService, "CreateNotificationRule", create);
  registry.addPlain(kService, "DescribeNotificationRule", describe);
  registry.addPlain(kService, "UpdateNotificationRule", update);
  registry.addPlain(kService, "DeleteNotificationRule", remove);
}

}  // namespace thimble::services::codestarnotifications
