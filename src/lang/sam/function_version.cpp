// AutoPublishAlias: a version for each change of the code, and the alias that points to it.
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/function.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

/// What a new version is published for, other than the code's own hash.
Value versionContent(Context& context, const Macro& macro, Resource& function) {
  // Parameters in the code's place are put in for good: a changed value must make a new version.
  const Value code = context.resolve(function["Code"]);
  if (!macro["AutoPublishAliasAllProperties"].truthy()) {
    Value content = code.shallowCopy();
    if (function["Environment"].truthy()) content.update(function["Environment"]);
    if (function["MemorySize"].truthy()) content.set("MemorySize", function["MemorySize"]);
    const Value snap_start = function["SnapStart"];
    if (snap_start.truthy() && snap_start.has("ApplyOn") && !snap_start["ApplyOn"].is("None")) {
      content.set("SnapStart", snap_start);
    }
    return content;
  }
  Value content = function.properties.shallowCopy();
  if (!function["Layers"].isList()) return content;
  for (const Value& layer : function["Layers"].items()) {
    const Value layer_id = logicalIdOf(layer);
    if (!layer_id.truthy()) continue;
    const Value properties = context.result["Resources"][layer_id.str()]["Properties"];
    if (properties["PublishLambdaVersion"].truthy()) content.set(layer_id.asText(), properties);
  }
  return content;
}

void addHashToDescription(Context& context, const Macro& macro, Resource& function, const Value& hash) {
  const Value description = context.resolve(macro["Description"]);
  if (!description.truthy())
    function.set("Description", hash);
  else if (description.isText())
    function.set("Description", description.str() + " " + hash.str());
  else
    function.set("Description", Value::map({{"Fn::Join", Value::list({" ", Value::list({description, hash})})}}));
}

/// Letters, digits, "-" and "_", not digits alone.
void checkAliasName(const std::string& name, const std::string& id) {
  if (name.empty()) failResource(id, "Alias name is required to create an alias");
  bool only_digits = true;
  bool fits = true;
  for (const unsigned char c : name) {
    only_digits = only_digits && std::isdigit(c);
    fits = fits && (std::isalnum(c) || c == '-' || c == '_');
  }
  if (only_digits || !fits) {
    failResource(id, "AutoPublishAlias name ('" + name +
                         "') must contain only alphanumeric characters, hyphens, or underscores matching "
                         "(?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.");
  }
}

}  // namespace

VersionAndAlias makeVersionAndAlias(Context& context, const Macro& macro, Resource& function) {
  const std::string& id = macro.logical_id.text;
  const Value name = context.resolve(macro["AutoPublishAlias"]);
  if (!name.isText()) failResource(id, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
  std::string code_hash;
  if (macro["AutoPublishCodeSha256"].truthy()) {
    const Value hash = context.resolve(macro["AutoPublishCodeSha256"]);
    if (!hash.isText()) failResource(id, "AutoPublishCodeSha256 must be a string");
    code_hash = hash.str();
    // Lambda publishes nothing when code and configuration are unchanged; the description makes a difference.
    addHashToDescription(context, macro, function, hash);
  }
  VersionAndAlias made;
  Value attributes = passedThrough(macro.attributes);
  if (!attributes.has("DeletionPolicy")) {
    const Value wanted = macro["VersionDeletionPolicy"];
    const char* usual = macro["CapacityProviderConfig"].isNull() ? "Retain" : "Delete";
    attributes.set("DeletionPolicy", wanted.isNull() ? Value(usual) : wanted);
  }
  made.version = makeResource(
      "AWS::Lambda::Version",
      hashedId(macro.logical_id.text + "Version", versionContent(context, macro, function), code_hash), attributes);
  made.version->set("FunctionName", nameOf(function));
  made.version->set("Description", macro["VersionDescription"]);
  if (!macro["CapacityProviderConfig"].isNull())
    made.version->set("FunctionScalingConfig", macro["FunctionScalingConfig"]);

  checkAliasName(name.str(), id);
  std::string id_part;
  for (const char c : name.str()) id_part += c == '-' ? 'D' : c == '_' ? 'U' : c;
  made.alias = makeResource("AWS::Lambda::Alias", id + "Alias" + id_part, passedThrough(macro.attributes));
  made.alias->set("Name", name);
  made.alias->set("FunctionName", nameOf(function));
  made.alias->set("FunctionVersion", getAtt(made.version->logical_id, "Version"));
  if (macro["ProvisionedConcurrencyConfig"].truthy()) {
    made.alias->set("ProvisionedConcurrencyConfig", macro["ProvisionedConcurrencyConfig"]);
  }
  return made;
}

void applyDeploymentPreference(Context& context, const Macro& macro, Resource* alias) {
  const Value preference = macro["DeploymentPreference"];
  if (!preference.truthy()) return;
  const std::string& id = macro.logical_id.text;
  for (const char* name : {"Enabled", "Type"}) {
    if (preference.has(name)) preference.set(name, context.resolveWithMappings(preference[name]));
  }
  bool pass_condition = false;
  if (preference.has("PassthroughCondition")) {
    const Value value = context.resolveWithMappings(preference["PassthroughCondition"]);
    if (value == Value(true) || value.is("true") || value.is("True")) {
      pass_condition = true;
    } else if (!(value == Value(false) || value.is("false") || value.is("False"))) {
      failResource(id, isIntrinsic(value)
                           ? "Unsupported intrinsic: the only intrinsic functions supported for property "
                             "PassthroughCondition are FindInMap and parameter Refs."
                           : "Invalid value for property PassthroughCondition.");
    }
  }
  preference.set("PassthroughCondition", pass_condition);
  const bool propagate = macro["PropagateTags"].truthy() && macro["Tags"].truthy();
  context.deployment_preferences.add(id, preference, macro.attributes["Condition"],
                                     propagate ? macro["Tags"] : Value());
  if (!context.deployment_preferences.enabled(id)) return;
  if (!macro["AutoPublishAlias"].truthy() || alias == nullptr) {
    failResource(id, "'DeploymentPreference' requires AutoPublishAlias property to be specified.");
  }
  alias->attributes.set("UpdatePolicy", context.deployment_preferences.updatePolicy(id));
}

}  // namespace thimble::lang::sam
