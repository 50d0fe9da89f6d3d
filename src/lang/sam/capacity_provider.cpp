// AWS::Serverless::CapacityProvider: instances that functions run on, and the role that operates them.
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/policies.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr Intrinsics kChecked = Intrinsics::Refused;
constexpr PropertyRule kRules[] = {
    {"CapacityProviderName", Is::TextOrMap, Presence::Optional, kChecked},
    {"VpcConfig", Is::Map, Presence::Required, kChecked},
    {"OperatorRole", Is::TextOrMap, Presence::Optional, kChecked},
    {"Tags", Is::Map, Presence::Optional, kChecked},
    {"PropagateTags", Is::Boolean, Presence::Optional, kChecked},
    {"InstanceRequirements", Is::Map, Presence::Optional, kChecked},
    {"ScalingConfig", Is::Map, Presence::Optional, kChecked},
    {"KmsKeyArn", Is::TextOrMap, Presence::Optional, kChecked},
};

/// Faults of one structure's members, joined by spaces.
class MemberFaults {
 public:
  enum class Kind { List, Integer, Number };
  struct Member {
    const char* name;
    Kind kind;
    bool required = false;
  };

  void check(const char* path, const Value& structure, std::initializer_list<Member> members) {
    if (structure.isNull()) return;
    for (const Member& member : members) {
      const std::string full = std::string(path) + "." + member.name;
      const Value value = structure[member.name];
      if (value.isNull()) {
        if (member.required) add("Property '" + full + "' is required.");
      } else if (!value.isMap() && !fits(value, member.kind)) {
        add("Property '" + full + "' value must be dictionary or " +
            (member.kind == Kind::List      ? "list"
             : member.kind == Kind::Integer ? "integer"
                                            : "number") +
            ".");
      }
    }
    for (const auto& [name, value] : structure.members()) {
      bool known = false;
      for (const Member& member : members) known = known || name.text == member.name;
      if (!known) add("Property '" + std::string(path) + "." + name.text + "' is an invalid property.");
    }
  }

  void raise(const std::string& id) const {
    if (!faults_.empty()) failResource(id, faults_);
  }

 private:
  static bool fits(const Value& value, Kind kind) {
    if (kind == Kind::List) return value.isList();
    return value.isInt() || (kind == Kind::Number && value.isDouble());
  }
  void add(const std::string& fault) { faults_ += (faults_.empty() ? "" : " ") + fault; }

  std::string faults_;
};

Value ownTags(const Value& tags) {
  Value all = tags.isMap() ? tags.shallowCopy() : Value::map();
  all.set("lambda:createdBy", "SAM");
  return tagList(all);
}

Value scaling(const Value& given) {
  Value made = Value::map();
  if (!given["MaxVCpuCount"].isNull()) made.set("MaxVCpuCount", given["MaxVCpuCount"]);
  const Value utilization = given["AverageCPUUtilization"];
  made.set("ScalingMode", utilization.isNull() ? "Auto" : "Manual");
  if (!utilization.isNull()) {
    made.set("ScalingPolicies",
             Value::list({Value::map({{"PredefinedMetricType", "LambdaCapacityProviderAverageCPUUtilization"},
                                      {"TargetValue", utilization}})}));
  }
  return made;
}

/// Tags of the user on top of a resource's own.
void combineTags(Resource& resource, const Value& tags) {
  Value combined = Value::map();
  for (const Value& list : {resource["Tags"], tagList(tags)}) {
    for (const Value& tag : list.items()) combined.set(Text(pythonString(tag["Key"])), tag["Value"]);
  }
  resource.set("Tags", tagList(combined));
}

}  // namespace

const PropertyRules kCapacityProviderRules = kRules;

Resources expandCapacityProvider(Context& context, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  const Value vpc = macro["VpcConfig"];
  const Value instances = macro["InstanceRequirements"];
  using Kind = MemberFaults::Kind;
  MemberFaults faults;
  faults.check("VpcConfig", vpc, {{"SecurityGroupIds", Kind::List}, {"SubnetIds", Kind::List, true}});
  faults.check("InstanceRequirements", instances,
               {{"Architectures", Kind::List}, {"AllowedTypes", Kind::List}, {"ExcludedTypes", Kind::List}});
  faults.check("ScalingConfig", macro["ScalingConfig"],
               {{"MaxVCpuCount", Kind::Integer}, {"AverageCPUUtilization", Kind::Number}});
  faults.raise(id);
  if (!instances["AllowedTypes"].isNull() && !instances["ExcludedTypes"].isNull()) {
    failResource(
        id, "Cannot specify 'InstanceRequirements.AllowedTypes' and 'InstanceRequirements.ExcludedTypes' together.");
  }

  Resources made;
  const Value attributes = passedThrough(macro.attributes);
  Value role_arn = macro["OperatorRole"];
  if (!role_arn.truthy()) {
    ResourcePointer role = makeExecutionRole(
        context, {.resource_id = macro.logical_id + "Operator",
                  .attributes = attributes,
                  .trust_policy = assumeRolePolicy("lambda.amazonaws.com"),
                  .managed_arns = Value::list({context.managedPolicy("AWSLambdaManagedEC2ResourceOperator")}),
                  .tags = ownTags({})});
    role_arn = arnOf(*role);
    made.push_back(role);
  }
  ResourcePointer provider = makeResource("AWS::Lambda::CapacityProvider", macro.logical_id, macro.attributes);
  provider->depends_on = macro.depends_on;
  if (macro["CapacityProviderName"].truthy()) provider->set("CapacityProviderName", macro["CapacityProviderName"]);
  Value network = Value::map({{"SubnetIds", vpc["SubnetIds"]}});
  if (!vpc["SecurityGroupIds"].isNull()) network.set("SecurityGroupIds", vpc["SecurityGroupIds"]);
  provider->set("VpcConfig", network);
  provider->set("PermissionsConfig", Value::map({{"CapacityProviderOperatorRoleArn", role_arn}}));
  provider->set("Tags", ownTags(macro["Tags"]));
  Value requirements = Value::map();
  for (const auto& [from, to] :
       {std::pair{"Architectures", "Architectures"}, std::pair{"AllowedTypes", "AllowedInstanceTypes"},
        std::pair{"ExcludedTypes", "ExcludedInstanceTypes"}}) {
    if (!instances[from].isNull()) requirements.set(to, instances[from]);
  }
  if (requirements.size() > 0) provider->set("InstanceRequirements", requirements);
  if (macro["ScalingConfig"].truthy()) provider->set("CapacityProviderScalingConfig", scaling(macro["ScalingConfig"]));
  if (macro["KmsKeyArn"].truthy()) provider->set("KmsKeyArn", macro["KmsKeyArn"]);
  made.push_back(provider);
  if (macro["PropagateTags"].truthy() && macro["Tags"].truthy()) {
    for (const ResourcePointer& resource : made) combineTags(*resource, macro["Tags"]);
  }
  return made;
}

}  // namespace thimble::lang::sam
