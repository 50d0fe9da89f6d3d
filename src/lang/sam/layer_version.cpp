// AWS::Serverless::LayerVersion: a layer version under an id that changes with its content.
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"LayerName", Is::TextOrMap},
    {"Description", Is::Text},
    {"PublishLambdaVersion", Is::Boolean},
    {"ContentUri", Is::TextOrMap, Presence::Required},
    {"CompatibleArchitectures", Is::ListOfTextsOrMaps},
    {"CompatibleRuntimes", Is::ListOfTextsOrMaps},
    {"LicenseInfo", Is::Text},
    {"RetentionPolicy", Is::Text},
};

/// "Retain" or "Delete" of the property in any case; null when it is not set.
Value retention(const std::string& id, const Value& policy) {
  constexpr const char* kOptions = "['Retain', 'Delete']";
  if (policy.isNull()) return {};
  if (isIntrinsic(policy)) {
    failResource(
        id, std::string(
                "'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ") +
                kOptions);
  }
  if (!policy.isText()) {
    failResource(id,
                 std::string("Invalid 'RetentionPolicy' type, please use one of the following options: ") + kOptions);
  }
  std::string lower = policy.str();
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "retain") return "Retain";
  if (lower == "delete") return "Delete";
  failResource(id, std::string("'RetentionPolicy' must be one of the following options: ") + kOptions + ".");
}

}  // namespace

const PropertyRules kLayerVersionRules = kRules;

Resources expandLayerVersion(Context& context, Macro& macro) {
  const Text old_id = macro.logical_id;
  for (const char* name : {"LayerName", "LicenseInfo", "Description", "RetentionPolicy"}) {
    if (!macro[name].truthy()) continue;
    const Value value = context.resolve(macro[name]);
    if (!value.isText() && !value.isMap()) {
      failResource(old_id.text,
                   std::string("Could not resolve parameter for '") + name + "' or parameter is not a String.");
    }
    macro.properties.set(name, value);
  }
  const Value policy = retention(old_id.text, macro["RetentionPolicy"]);
  Value attributes = passedThrough(macro.attributes);
  attributes.setDefault("DeletionPolicy", "Retain");
  if (!policy.isNull()) attributes.set("DeletionPolicy", policy);

  // The id is a hash of the resource as written, without what does not change the layer.
  Value hashed = Value::map({{"Type", macro.type}});
  if (macro.depends_on.truthy()) hashed.set("DependsOn", macro.depends_on);
  for (const auto& [name, value] : macro.attributes.members()) {
    if (name.text == "Condition" || name.text == "UpdatePolicy") hashed.set(name, value);
  }
  Value set_properties = Value::map();
  for (const auto& [name, value] : macro.properties.members()) {
    if (!value.isNull()) set_properties.set(name, value);
  }
  hashed.set("Properties", set_properties);
  macro.logical_id = hashedId(old_id, Value::map({{old_id, hashed}}));

  ResourcePointer layer = makeResource("AWS::Lambda::LayerVersion", macro.logical_id, attributes);
  layer->depends_on = macro.depends_on;
  layer->set("LayerName", macro["LayerName"].truthy() ? macro["LayerName"] : Value(old_id));
  layer->set("Content", codeLocation(macro["ContentUri"], macro.logical_id.text, "ContentUri"));
  for (const char* name : {"Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"}) {
    layer->set(name, macro[name]);
  }
  if (const Value architectures = macro["CompatibleArchitectures"]; architectures.isList()) {
    for (const Value& architecture : architectures.items()) {
      if (isIntrinsic(architecture) || architecture.is("arm64") || architecture.is("x86_64")) continue;
      failResource(macro.logical_id.text, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
    }
  }
  return {layer};
}

}  // namespace thimble::lang::sam
