#include "lang/sam/api_usage_plan.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/properties.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kSharedCondition = "SharedUsagePlanCondition";

void addOnce(const Value& list, const Value& item) {
  if (!list.listContains(item)) list.push(item);
}

}  // namespace

void SharedUsagePlan::joinCondition(const Value& condition, const Value& template_conditions) {
  if (any_without_condition_) return;
  if (condition.isNull()) {
    any_without_condition_ = true;
    template_conditions.erase(kSharedCondition);
    return;
  }
  if (!condition.isText() || !conditions_.insert(condition.str()).second) return;
  if (template_conditions.isNull()) {
    failTemplate("Can't have condition without having 'Conditions' section in the template");
  }
  template_conditions.set(kSharedCondition,
                          conditions_.size() == 1 ? condition : orConditions({conditions_.begin(), conditions_.end()}));
}

Value SharedUsagePlan::join(const Value& attributes, const Value& template_conditions) {
  // Retain wins over all, Snapshot over Delete.
  if (const Value policy = attributes["DeletionPolicy"]; policy.truthy()) {
    if (deletion_policy_.empty() || policy.is("Retain")) deletion_policy_ = pythonString(policy);
  }
  if (const Value policy = attributes["UpdateReplacePolicy"]; policy.truthy()) {
    if (update_replace_policy_.empty() || policy.is("Retain") ||
        (policy.is("Snapshot") && update_replace_policy_ == "Delete")) {
      update_replace_policy_ = pythonString(policy);
    }
  }
  joinCondition(attributes["Condition"], template_conditions);
  Value combined = Value::map();
  if (!deletion_policy_.empty()) combined.set("DeletionPolicy", deletion_policy_);
  if (!update_replace_policy_.empty()) combined.set("UpdateReplacePolicy", update_replace_policy_);
  if (!conditions_.empty() && !any_without_condition_) combined.set("Condition", kSharedCondition);
  return combined;
}

Resources makeUsagePlan(SharedUsagePlan& shared, const Macro& api, const Value& usage_plan, const Resource& stage,
                        const Value& template_conditions) {
  if (usage_plan.isNull()) return {};
  const Text id = api.logical_id;
  if (!usage_plan.isMap()) failResource(id.text, "'UsagePlan' must be a dictionary");
  static constexpr std::array<std::string_view, 6> kMembers = {"CreateUsagePlan", "Description",  "Quota", "Tags",
                                                               "Throttle",        "UsagePlanName"};
  for (const auto& [name, value] : usage_plan.members()) {
    if (std::find(kMembers.begin(), kMembers.end(), name.text) == kMembers.end()) {
      failResource(id.text, "Invalid property for 'UsagePlan'");
    }
  }
  const Value create = usage_plan["CreateUsagePlan"];
  if (create.isNull()) failResource(id.text, "'CreateUsagePlan' is a required field for UsagePlan.");
  if (!create.is("SHARED") && !create.is("PER_API") && !create.is("NONE")) {
    failResource(id.text, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
  }
  if (create.is("NONE")) return {};

  const bool is_shared = create.is("SHARED");
  const Value api_stage = Value::map({{"ApiId", ref(id)}, {"Stage", ref(stage.logical_id)}});
  const Value stage_key = Value::map({{"RestApiId", ref(id)}, {"StageName", ref(stage.logical_id)}});
  if (is_shared) {
    addOnce(shared.depends_on, id);
    addOnce(shared.api_stages, api_stage);
    addOnce(shared.stage_keys, stage_key);
  }
  const Value own = passedThrough(api.attributes);
  const Value attributes = is_shared ? shared.join(own, template_conditions) : own;
  const Text prefix = is_shared ? Text("Serverless") : id;

  ResourcePointer plan = makeResource("AWS::ApiGateway::UsagePlan", prefix + "UsagePlan", attributes);
  plan->depends_on = is_shared ? shared.depends_on : Value::list({id});
  plan->set("ApiStages", is_shared ? shared.api_stages : Value::list({api_stage}));
  for (const char* name : {"UsagePlanName", "Description", "Quota", "Tags", "Throttle"}) {
    if (usage_plan[name].truthy()) plan->set(name, usage_plan[name]);
  }
  ResourcePointer key = makeResource("AWS::ApiGateway::ApiKey", prefix + "ApiKey", attributes);
  key->depends_on = Value::list({plan->logical_id});
  key->set("Enabled", true);
  key->set("StageKeys", is_shared ? shared.stage_keys : Value::list({stage_key}));
  ResourcePointer link = makeResource("AWS::ApiGateway::UsagePlanKey", prefix + "UsagePlanKey", attributes);
  link->depends_on = Value::list({key->logical_id});
  link->set("KeyId", ref(key->logical_id));
  link->set("KeyType", "API_KEY");
  link->set("UsagePlanId", ref(plan->logical_id));
  return {plan, key, link};
}

}  // namespace thimble::lang::sam
