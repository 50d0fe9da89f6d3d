#include "services/cloudformation/resources/resource_type.h"

#include <algorithm>
#include <stdexcept>

#include "base/result.h"
#include "services/cloudformation/resources/expression.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> out;
  if (!list.isArray()) return out;
  for (const Json& item : list.asArray()) out.push_back(item.asString());
  return out;
}

Step readStep(const Json& json) {
  static constexpr std::string_view kMembers[] = {"call",  "input",           "if",           "for_each", "save",
                                                  "until", "fail_if",         "fail_message", "ignore",   "repeated",
                                                  "retry", "ignore_messages", "attempts"};
  for (const auto& [name, value] : json.asObject()) {
    bool known = false;
    for (std::string_view member : kMembers) known = known || name == member;
    if (!known) throw std::runtime_error("unknown step member " + name);
  }
  Step step;
  const std::string call = json.stringAt("call");
  const std::size_t colon = call.find(':');
  if (colon != std::string::npos) {
    step.service = call.substr(0, colon);
    step.operation = call.substr(colon + 1);
  } else if (!call.empty()) {
    throw std::runtime_error("no service in call " + call);
  }
  step.input = json["input"];
  step.condition = json["if"];
  step.for_each = json["for_each"];
  step.save = json["save"];
  step.wait_until = json["until"];
  step.fail_if = json["fail_if"];
  step.fail_message = json["fail_message"];
  if (json["attempts"].isInt()) step.attempts = static_cast<int>(json["attempts"].asInt());
  step.ignore = texts(json["ignore"]);
  step.ignore_messages = texts(json["ignore_messages"]);
  step.repeated = texts(json["repeated"]);
  step.retry = texts(json["retry"]);
  return step;
}

std::vector<Step> readSteps(const Json& list) {
  std::vector<Step> steps;
  if (!list.isArray()) return steps;
  for (const Json& step : list.asArray()) steps.push_back(readStep(step));
  return steps;
}

std::map<std::string, ResourceType, std::less<>> readCatalogue() {
  std::map<std::string, ResourceType, std::less<>> types;
  for (std::string_view text : resourceTypeFiles()) {
    ResourceType type = readResourceType(text);
    std::string name = type.name;
    if (!types.emplace(name, std::move(type)).second) throw std::runtime_error("two files for " + name);
  }
  return types;
}

const std::map<std::string, ResourceType, std::less<>>& catalogue() {
  static const auto* const kTypes = new auto(readCatalogue());
  return *kTypes;
}

}  // namespace

ResourceType readResourceType(std::string_view text) {
  auto parsed = Json::parse(text);
  if (!parsed.ok())
    throw std::runtime_error("resource type: " + parsed.error().message + ": " + std::string(text.substr(0, 80)));
  const Json& json = *parsed;
  ResourceType type;
  type.name = json.stringAt("type");
  try {
    if (type.name.empty()) throw std::runtime_error("no type");
    const Json& properties = json["properties"];
    type.any_properties = properties.isString() || json["any_properties"].isBool();
    const Json none = Json::object();
    for (const auto& [name, update] : (properties.isObject() ? properties : none).asObject()) {
      Property& property = type.properties[name];
      if (update.isObject()) {
        property.replace_if = update["replace_if"];
        if (property.replace_if.isNull()) throw std::runtime_error("property " + name + " has no replace_if");
        continue;
      }
      const std::string& rule = update.asString();
      if (rule != "update" && rule != "replace")
        throw std::runtime_error("property " + name + " is neither update nor replace");
      property.update = rule == "replace" ? Update::Replace : Update::InPlace;
    }
    for (const std::string& name : texts(json["required"])) type.properties.at(name).required = true;
    if (const Json* name = json.find("name")) {
      GeneratedName rule;
      rule.property = name->stringAt("property");
      rule.length = static_cast<std::size_t>((*name)["length"].asInt());
      rule.lower_case = (*name)["lower_case"].isBool() && (*name)["lower_case"].asBool();
      rule.prefix = name->stringAt("prefix");
      rule.alphanumeric = (*name)["alphanumeric"].isBool() && (*name)["alphanumeric"].asBool();
      rule.suffix = (*name)["suffix"];
      type.generated_name = rule;
    }
    type.create = readSteps(json["create"]);
    type.update = readSteps(json["update"]);
    type.remove = readSteps(json["delete"]);
    type.id = json["id"];
    type.attributes = json["attributes"];
    type.any_attributes = json.stringAt("any_attributes");
  } catch (const std::exception& error) {
    throw std::runtime_error("resource type " + type.name + ": " + error.what());
  }
  return type;
}

bool needsReplacement(const ResourceType& type, const std::string& name, const Json& before, const Json& after) {
  const auto found = type.properties.find(name);
  if (found == type.properties.end() || before[name] == after[name]) return false;
  const Property& property = found->second;
  if (property.update == Update::Replace) return true;
  return !property.replace_if.isNull() &&
         isTrue(evaluateExpression(property.replace_if, Json::object({{"P", after}, {"O", before}})));
}

const ResourceType* findResourceType(std::string_view name) {
  const auto& types = catalogue();
  if (name.starts_with("Custom::")) name = "AWS::CloudFormation::CustomResource";
  const auto found = types.find(name);
  return found == types.end() ? nullptr : &found->second;
}

std::vector<std::string> supportedResourceTypes() {
  std::vector<std::string> names;
  for (const auto& [name, type] : catalogue()) names.push_back(name);
  return names;
}

std::string resourceName(const GeneratedName& rule, const Json& properties, std::string_view stack_name,
                         std::string_view logical_id, std::string_view random, const Json& variables) {
  if (!rule.property.empty()) {
    if (const Json* given = properties.find(rule.property)) {
      if (given->isString() && !given->asString().empty()) return given->asString();
    }
  }
  std::string suffix;
  if (auto value = rule.suffix.isNull() ? std::nullopt : evaluateExpression(rule.suffix, variables)) {
    if (value->isString()) suffix = value->asString();
  }
  const std::string tail = "-" + std::string(random.substr(0, 12)) + suffix;
  // The stack's name and the logical id share what is left; each keeps its beginning.
  const std::size_t room = rule.length - tail.size();
  std::string stack(rule.prefix.empty() ? stack_name : std::string_view(rule.prefix));
  std::string logical(logical_id);
  if (!stack.empty() && stack.size() + 1 + logical.size() > room) {
    logical.resize(std::min(logical.size(), std::max(room / 2, room > stack.size() + 1 ? room - stack.size() - 1 : 0)));
    stack.resize(std::min(stack.size(), room - 1 - logical.size()));
  }
  std::string name = stack.empty() ? logical : stack + "-" + logical;
  name.resize(std::min(name.size(), room));
  name += tail;
  if (rule.alphanumeric) {
    name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == '-'; }), name.end());
  }
  if (rule.lower_case) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return name;
}

}  // namespace thimble::services::cloudformation
