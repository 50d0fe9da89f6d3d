#include "lang/template/validate.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "lang/template/functions_shape.h"
#include "lang/template/graph.h"
#include "lang/template/parameters.h"
#include "lang/template/references.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;

TemplateError formatError(std::string text) {
  return {"Template format error: " + std::move(text)};
}

bool isAlphanumeric(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// Nulls are allowed in Metadata only.
Outcome<void> checkNulls(const Json& value, const std::string& path) {
  if (value.isNull()) return TemplateError{"[" + path + "] 'null' values are not allowed in templates"};
  if (value.isArray()) {
    std::size_t index = 0;
    for (const Json& item : value.asArray()) TRY(checkNulls(item, path + "/" + std::to_string(index++)));
  } else if (value.isObject()) {
    for (const auto& [name, member] : value.asObject()) {
      if (name == "Metadata") continue;
      TRY(checkNulls(member, path + "/" + name));
    }
  }
  return {};
}

Outcome<void> checkSections(const Json& document) {
  std::set<std::string> unknown;
  for (const auto& [name, section] : document.asObject()) {
    if (!isOneOf(name, {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings",
                        "Conditions", "Transform", "Resources", "Outputs", "Globals", "Hooks"})) {
      unknown.insert(name);
    }
  }
  if (!unknown.empty()) return TemplateError{"Invalid template property or properties [" + joined(unknown) + "]"};
  if (const Json* version = document.find("AWSTemplateFormatVersion")) {
    if (!version->isString() || version->asString() != "2010-09-09") {
      return formatError("unsupported value for AWSTemplateFormatVersion.");
    }
  }
  if (const Json* description = document.find("Description")) {
    if (!description->isString()) return formatError("every Description member must be a string.");
    if (description->asString().size() > 1024) {
      return formatError("'Description' length is greater than 1024.");
    }
  }
  for (std::string_view section :
       {"Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs"}) {
    const Json* value = document.find(section);
    if (value != nullptr && !value->isObject()) {
      return formatError("[/" + std::string(section) + "] " + std::string(section) + " must be a map.");
    }
  }
  return {};
}

Outcome<void> checkMappings(const Json& mappings) {
  if (!mappings.isObject()) return {};
  for (const auto& [name, map] : mappings.asObject()) {
    if (name == "Fn::Transform") return TemplateError{"Fn::Transform in Mappings is not supported"};
    if (!isAlphanumeric(name)) return formatError("Mappings name '" + name + "' is non alphanumeric.");
    if (!map.isObject()) return formatError("Every Mappings member " + name + " must be a map");
    for (const auto& [key, attributes] : map.asObject()) {
      if (!attributes.isObject()) return formatError("Every Mappings member " + name + " must be a map");
      for (const auto& [attribute, value] : attributes.asObject()) {
        if (value.isObject()) return formatError("Every Mappings attribute must be a String or a List.");
      }
    }
  }
  return {};
}

Outcome<void> checkDependsOn(const Json& depends_on) {
  if (depends_on.isString()) return {};
  if (depends_on.isArray()) {
    const auto& items = depends_on.asArray();
    if (std::all_of(items.begin(), items.end(), [](const Json& item) { return item.isString(); })) return {};
  }
  return formatError("DependsOn must be a string or list of strings.");
}

Outcome<void> checkResources(const Json& document) {
  const Json& resources = document["Resources"];
  if (!resources.isObject() || resources.empty()) {
    return formatError("At least one Resources member must be defined.");
  }
  if (resources.size() > 500) {
    return formatError("Number of resources, " + std::to_string(resources.size()) +
                       ", is greater than maximum allowed, 500");
  }
  for (const auto& [name, resource] : resources.asObject()) {
    const std::string path = "[/Resources/" + name + "] ";
    if (name.compare(0, 13, "Fn::ForEach::") == 0) continue;
    if (!isAlphanumeric(name)) return formatError("Resource name " + name + " is non alphanumeric.");
    if (!resource.isObject()) return formatError(path + "resource definition is malformed");
    for (const auto& [property, value] : resource.asObject()) {
      if (!isOneOf(property,
                   {"Type", "Properties", "DependsOn", "Metadata", "Condition", "DeletionPolicy", "UpdateReplacePolicy",
                    "UpdatePolicy", "CreationPolicy", "Description", "Connectors", "IgnoreGlobals", "Version"})) {
        return TemplateError{"Invalid template resource property '" + property + "'"};
      }
    }
    const Json& type = resource["Type"];
    if (!resource.contains("Type")) return formatError(path + "Every Resources object must contain a Type member.");
    if (!type.isString()) return formatError(path + "Every Type member must be a string.");
    if (resource.contains("Properties") && !resource["Properties"].isObject()) {
      return formatError(path + "Every Properties member must be a map.");
    }
    if (const Json* depends_on = resource.find("DependsOn")) TRY(checkDependsOn(*depends_on));
    if (const Json* condition = resource.find("Condition")) {
      if (!condition->isString()) return formatError("Every Condition member must be a string.");
    }
    for (const char* policy : {"DeletionPolicy", "UpdateReplacePolicy"}) {
      const Json* value = resource.find(policy);
      if (value == nullptr || value->isObject()) continue;
      if (!value->isString()) return formatError(std::string("Every ") + policy + " member must be a string.");
      if (!isOneOf(value->asString(), {"Delete", "Retain", "Snapshot", "RetainExceptOnCreate"})) {
        return formatError("Unrecognized " + std::string(policy) + " " + value->asString() + " for resource " + name);
      }
    }
  }
  return {};
}

Outcome<void> checkResourceTypes(const Json& resources) {
  std::set<std::string> unknown;
  for (const auto& [name, resource] : resources.asObject()) {
    const std::string type = resource.stringAt("Type");
    const std::size_t parts = static_cast<std::size_t>(std::count(type.begin(), type.end(), ':')) / 2 + 1;
    const bool custom = type.compare(0, 8, "Custom::") == 0 && type.size() > 8;
    if (!custom && (parts < 3 || type.find("::") == std::string::npos)) unknown.insert(type);
  }
  if (!unknown.empty()) return formatError("Unrecognized resource types: [" + joined(unknown) + "]");
  return {};
}

Outcome<void> checkOutputs(const Json& outputs) {
  if (!outputs.isObject()) return {};
  if (outputs.size() > 200) {
    return formatError("Number of outputs, " + std::to_string(outputs.size()) +
                       ", is greater than maximum allowed, 200");
  }
  for (const auto& [name, output] : outputs.asObject()) {
    if (name.compare(0, 13, "Fn::ForEach::") == 0) continue;
    if (!isAlphanumeric(name)) return formatError("Output name " + name + " is non alphanumeric.");
    if (!output.isObject()) return formatError("[/Outputs/" + name + "] Every Outputs member must be a map.");
    if (!output.contains("Value"))
      return formatError("[/Outputs/" + name + "] Every Outputs member must contain a Value object");
    for (const auto& [property, value] : output.asObject()) {
      if (!isOneOf(property, {"Value", "Description", "Export", "Condition"})) {
        return TemplateError{"Invalid template output property '" + property + "'"};
      }
    }
    if (const Json* exported = output.find("Export")) {
      if (!exported->isObject() || !exported->contains("Name") || exported->size() != 1) {
        return formatError("[/Outputs/" + name + "/Export] Every Export member must contain only a Name member.");
      }
    }
  }
  return {};
}

/// The names that references in one section miss.
struct Missing {
  std::set<std::string> resources;
  std::string get_att;
};

void addMissing(const Json& value, const Json& document, bool resources_allowed, Missing& missing) {
  for (const Reference& reference : collectReferences(value)) {
    const bool resource = resources_allowed && document["Resources"].contains(reference.name);
    if (reference.kind == Reference::Kind::Ref) {
      if (!resource && !document["Parameters"].contains(reference.name) && !isPseudoParameter(reference.name)) {
        missing.resources.insert(reference.name);
      }
    } else if (reference.kind == Reference::Kind::GetAtt && !resource && missing.get_att.empty()) {
      missing.get_att = reference.name;
    }
  }
}

/// What the entries of a section miss.
Missing missingInSection(const Json& section, const Json& document, bool resources_allowed) {
  Missing missing;
  for (const auto& [name, entry] : section.asObject()) addMissing(entry, document, resources_allowed, missing);
  return missing;
}

Outcome<void> checkReferences(const Json& document) {
  const Json& conditions = document["Conditions"];
  if (conditions.isObject()) {
    const Missing missing = missingInSection(conditions, document, false);
    if (!missing.resources.empty()) {
      return formatError("Unresolved dependencies [" + joined(missing.resources) +
                         "]. Cannot reference resources in the Conditions block of the template");
    }
    if (!missing.get_att.empty()) {
      return TemplateError{"Template error: Fn::GetAtt cannot be used in the Conditions block of the template"};
    }
    for (const auto& [name, condition] : conditions.asObject()) {
      for (const Reference& reference : collectReferences(condition)) {
        if (reference.kind == Reference::Kind::Condition && !conditions.contains(reference.name)) {
          return formatError("Unresolved condition dependency " + reference.name +
                             " in the Conditions block of the template");
        }
      }
    }
  }
  std::set<std::string> unresolved;
  for (const auto& [name, resource] : document["Resources"].asObject()) {
    const Json& properties = resource["Properties"];
    Missing missing;
    addMissing(properties, document, true, missing);
    if (!missing.get_att.empty()) {
      return TemplateError{"Template error: instance of Fn::GetAtt references undefined resource " + missing.get_att};
    }
    unresolved.insert(missing.resources.begin(), missing.resources.end());
    for (const std::string& dependency : declaredDependencies(resource)) {
      if (!document["Resources"].contains(dependency)) unresolved.insert(dependency);
    }
    if (const Json* condition = resource.find("Condition")) {
      if (!conditions.contains(condition->asString())) {
        return formatError("Unresolved condition dependency " + condition->asString() +
                           " in the Resources block of the template");
      }
    }
  }
  if (!unresolved.empty()) {
    return formatError("Unresolved resource dependencies [" + joined(unresolved) +
                       "] in the Resources block of the template");
  }
  const Json& outputs = document["Outputs"];
  if (!outputs.isObject()) return {};
  const Missing missing = missingInSection(outputs, document, true);
  if (!missing.get_att.empty()) {
    return TemplateError{"Template error: instance of Fn::GetAtt references undefined resource " + missing.get_att};
  }
  if (!missing.resources.empty()) {
    return formatError("Unresolved resource dependencies [" + joined(missing.resources) +
                       "] in the Outputs block of the template");
  }
  for (const auto& [name, output] : outputs.asObject()) {
    const Json* condition = output.find("Condition");
    if (condition != nullptr && condition->isString() && !conditions.contains(condition->asString())) {
      return formatError("Unresolved condition dependency " + condition->asString() +
                         " in the Outputs block of the template");
    }
  }
  return {};
}

Outcome<void> checkFunctions(const Json& document) {
  // Section by section and entry by entry: an output may be called Ref and is no function then.
  for (const char* section : {"Conditions", "Resources", "Outputs"}) {
    const Json& entries = document[section];
    if (!entries.isObject()) continue;
    for (const auto& [name, entry] : entries.asObject()) TRY(checkFunctionShapes(entry));
  }
  const Json& conditions = document["Conditions"];
  for (const char* section : {"Resources", "Outputs"}) {
    const Json& entries = document[section];
    if (!entries.isObject()) continue;
    for (const auto& [name, entry] : entries.asObject()) TRY(checkIfConditions(entry, conditions));
  }
  return {};
}

}  // namespace

Outcome<std::vector<std::string>> declaredTransforms(const Json& document) {
  std::vector<std::string> names;
  const Json* transform = document.find("Transform");
  if (transform == nullptr) return names;
  const Json::Array items = transform->isArray() ? transform->asArray() : Json::Array{*transform};
  for (const Json& item : items) {
    if (item.isString()) {
      names.push_back(item.asString());
      continue;
    }
    if (!item.isObject()) return formatError("Transform must be a string, a map or a list of them.");
    if (!item.contains("Name")) return TemplateError{"Key Name of transform definition must be present."};
    if (!item["Name"].isString()) return TemplateError{"Key Name of transform definition must be a string."};
    names.push_back(item["Name"].asString());
  }
  return names;
}

Outcome<void> validateTemplate(const Json& document, bool before_transform) {
  TRY(checkSections(document));
  TRY(checkNulls(document, ""));
  TRY(declaredTransforms(document));
  TRY(validateParameterDeclarations(document["Parameters"]));
  TRY(checkMappings(document["Mappings"]));
  TRY(checkResources(document));
  TRY(checkOutputs(document["Outputs"]));
  if (before_transform) return {};
  TRY(checkFunctions(document));
  TRY(checkReferences(document));
  TRY(checkResourceTypes(document["Resources"]));
  TRY(creationOrder(document));
  return {};
}

}  // namespace thimble::lang::template_
