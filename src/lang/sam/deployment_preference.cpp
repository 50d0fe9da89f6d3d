#include "lang/sam/deployment_preference.h"

#include <algorithm>
#include <array>
#include <set>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kApplication = "ServerlessDeploymentApplication";
constexpr const char* kServiceRole = "CodeDeployServiceRole";
constexpr const char* kCondition = "ServerlessCodeDeployCondition";

/// CodeDeploy's predefined configurations for functions, without their common prefix.
constexpr std::array<std::string_view, 9> kConfigurations = {
    "Canary10Percent5Minutes",      "Canary10Percent10Minutes",      "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",     "Linear10PercentEvery1Minute",   "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes", "AllAtOnce"};

/// Predefined names get their prefix, wherever they stand within intrinsic functions.
Value withFullNames(const Value& value, std::string_view key = {}) {
  if (value.isList()) {
    Value list = Value::list();
    for (const Value& item : value.items()) list.push(withFullNames(item));
    return list;
  }
  if (isIntrinsic(value)) {
    Value map = Value::mapLike(value);
    for (const auto& [name, member] : value.members()) map.set(name, withFullNames(member, name.text));
    return map;
  }
  if (!value.isText() ||
      std::find(kConfigurations.begin(), kConfigurations.end(), value.str()) == kConfigurations.end()) {
    return value;
  }
  const Value arguments = Value::list({"CodeDeployDefault.Lambda${ConfigName}", Value::map({{"ConfigName", value}})});
  return key == "Fn::Sub" ? arguments : Value::map({{"Fn::Sub", arguments}});
}

Value alarmConfiguration(const Value& alarms, const std::string& function_id) {
  if (!alarms.isList()) failResource(function_id, "Alarms must be a list");
  if (alarms.size() == 0 || isNoValue(alarms.items()[0])) return Value::map();
  Value list = Value::list();
  for (const Value& alarm : alarms.items()) list.push(Value::map({{"Name", alarm}}));
  return Value::map({{"Enabled", true}, {"Alarms", list}});
}

Value convertAlarms(const Value& alarms, const std::string& function_id) {
  if (!alarms.truthy() || isNoValue(alarms)) return {};
  if (!isIntrinsicIf(alarms)) return alarmConfiguration(alarms, function_id);
  const Value arguments = alarms["Fn::If"];
  if (const auto fault = faultInIfArguments(arguments)) failResource(function_id, *fault);
  return conditional(arguments.items()[0], alarmConfiguration(arguments.items()[1], function_id),
                     alarmConfiguration(arguments.items()[2], function_id));
}

}  // namespace

void DeploymentPreferences::add(const std::string& function_id, const Value& preference, const Value& condition,
                                const Value& tags) {
  Preference made;
  const Value enabled = preference.has("Enabled") ? preference["Enabled"] : Value(true);
  if (enabled.truthy() && !enabled.is("false") && !enabled.is("False")) {
    if (!preference.has("Type")) {
      failResource(function_id, "'DeploymentPreference' is missing required Property 'Type'");
    }
    const Value hooks = preference.has("Hooks") ? preference["Hooks"] : Value::map();
    if (!hooks.isMap()) {
      failResource(function_id, "'Hooks' property of 'DeploymentPreference' must be a dictionary");
    }
    made = {true,
            preference["Type"],
            hooks["PreTraffic"],
            hooks["PostTraffic"],
            preference["Alarms"],
            preference["Role"],
            preference["TriggerConfigurations"],
            preference["PassthroughCondition"].truthy() ? condition : Value(),
            tags};
  }
  preferences_.emplace_back(function_id, made);
}

const DeploymentPreferences::Preference& DeploymentPreferences::find(const std::string& function_id) const {
  return std::find_if(preferences_.begin(), preferences_.end(), [&](const auto& p) { return p.first == function_id; })
      ->second;
}

bool DeploymentPreferences::enabled(const std::string& function_id) const {
  return find(function_id).enabled;
}

bool DeploymentPreferences::anyEnabled() const {
  return std::any_of(preferences_.begin(), preferences_.end(), [](const auto& p) { return p.second.enabled; });
}

bool DeploymentPreferences::needsCondition() const {
  return std::none_of(preferences_.begin(), preferences_.end(),
                      [](const auto& p) { return p.second.enabled && !p.second.condition.truthy(); });
}

std::vector<std::string> DeploymentPreferences::conditionNames() const {
  std::set<std::string> names;
  for (const auto& [id, preference] : preferences_) {
    if (preference.condition.isText()) names.insert(preference.condition.str());
  }
  return {names.begin(), names.end()};
}

Value DeploymentPreferences::aggregateCondition() const {
  return needsCondition() ? combinedConditions(conditionNames(), kCondition) : Value();
}

std::vector<std::string> DeploymentPreferences::enabledFunctions() const {
  std::vector<std::string> ids;
  for (const auto& [id, preference] : preferences_) {
    if (preference.enabled) ids.push_back(id);
  }
  return ids;
}

Value DeploymentPreferences::updatePolicy(const std::string& function_id) const {
  const Preference& preference = find(function_id);
  Value update = Value::map(
      {{"ApplicationName", ref(kApplication)}, {"DeploymentGroupName", ref(deploymentGroup(function_id)->logical_id)}});
  if (!preference.pre_traffic.isNull()) update.set("BeforeAllowTrafficHook", preference.pre_traffic);
  if (!preference.post_traffic.isNull()) update.set("AfterAllowTrafficHook", preference.post_traffic);
  return Value::map({{"CodeDeployLambdaAliasUpdate", update}});
}

void DeploymentPreferences::addShared(Resource& resource) const {
  if (needsCondition()) {
    const std::vector<std::string> names = conditionNames();
    if (!names.empty()) resource.attributes.set("Condition", names.size() == 1 ? Value(names[0]) : Value(kCondition));
  }
  Value tags = Value::map();
  for (const auto& [id, preference] : preferences_) {
    if (preference.enabled && preference.tags.isMap()) tags.update(preference.tags);
  }
  if (tags.size() > 0) resource.set("Tags", tagList(tags));
}

Resources DeploymentPreferences::resources(const std::string& partition) const {
  Resources made;
  made.push_back(makeResource("AWS::CodeDeploy::Application", kApplication));
  made.back()->set("ComputePlatform", "Lambda");
  addShared(*made.back());
  const bool role_needed = std::any_of(preferences_.begin(), preferences_.end(),
                                       [](const auto& p) { return p.second.enabled && !p.second.role.truthy(); });
  if (role_needed) {
    made.push_back(makeResource("AWS::IAM::Role", kServiceRole));
    made.back()->set("AssumeRolePolicyDocument", assumeRolePolicy("codedeploy.amazonaws.com"));
    const bool limited = partition == "aws-iso" || partition == "aws-iso-b";
    made.back()->set("ManagedPolicyArns",
                     Value::list({"arn:" + partition + ":iam::aws:policy/service-role/AWSCodeDeployRoleForLambda" +
                                  (limited ? "Limited" : "")}));
    addShared(*made.back());
  }
  return made;
}

ResourcePointer DeploymentPreferences::deploymentGroup(const std::string& function_id) const {
  const Preference& preference = find(function_id);
  ResourcePointer group = makeResource("AWS::CodeDeploy::DeploymentGroup", function_id + "DeploymentGroup");
  group->set("AlarmConfiguration", convertAlarms(preference.alarms, function_id));
  group->set("ApplicationName", ref(kApplication));
  group->set(
      "AutoRollbackConfiguration",
      Value::map(
          {{"Enabled", true},
           {"Events", Value::list({"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"})}}));
  group->set("DeploymentConfigName", withFullNames(preference.type));
  group->set("DeploymentStyle",
             Value::map({{"DeploymentType", "BLUE_GREEN"}, {"DeploymentOption", "WITH_TRAFFIC_CONTROL"}}));
  group->set("ServiceRoleArn", preference.role.truthy() ? preference.role : getAtt(kServiceRole, "Arn"));
  if (preference.triggers.truthy()) group->set("TriggerConfigurations", preference.triggers);
  if (preference.tags.truthy()) group->set("Tags", tagList(preference.tags));
  if (preference.condition.truthy()) group->attributes.set("Condition", preference.condition);
  return group;
}

}  // namespace thimble::lang::sam
