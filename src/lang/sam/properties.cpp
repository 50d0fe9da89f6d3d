#include "lang/sam/properties.h"

#include <algorithm>

#include "lang/sam/fault.h"

namespace thimble::lang::sam {
namespace {

template <class Check>
bool eachMember(const Value& value, Check check) {
  if (!value.isMap()) return false;
  for (const auto& [name, member] : value.members()) {
    if (!check(member)) return false;
  }
  return true;
}

template <class Check>
bool eachItem(const Value& value, Check check) {
  return value.isList() && std::all_of(value.items().begin(), value.items().end(), check);
}

bool isText(const Value& value) {
  return value.isText();
}
bool isMap(const Value& value) {
  return value.isMap();
}
bool isTextOrMap(const Value& value) {
  return value.isText() || value.isMap();
}
bool isAnything(const Value&) {
  return true;
}

bool fits(const Value& value, Is is) {
  switch (is) {
    case Is::Anything:
      return true;
    case Is::Text:
    case Is::TextInternal:
      return value.isText();
    case Is::Map:
      return value.isMap();
    case Is::Boolean:
      return value.isBool();
    case Is::Integer:
      return value.isInt();
    case Is::List:
      return value.isList();
    case Is::TextOrMap:
      return isTextOrMap(value);
    case Is::TextOrList:
      return value.isText() || eachItem(value, isText);
    case Is::BooleanOrMap:
      return value.isBool() || value.isMap();
    case Is::MapOfMaps:
      return eachMember(value, isMap);
    case Is::MapOfTexts:
      return eachMember(value, isText);
    case Is::MapOfIntegersOrMaps:
      return eachMember(value, [](const Value& member) { return member.isInt() || member.isMap(); });
    case Is::MapOfAnything:
      return eachMember(value, isAnything);
    case Is::MapOrListOfMaps:
      return value.isMap() || eachItem(value, isMap);
    case Is::ListOfTexts:
      return eachItem(value, isText);
    case Is::ListOfTextsOrMaps:
      return eachItem(value, isTextOrMap);
    case Is::Policies:
      return isTextOrMap(value) || eachItem(value, isTextOrMap);
    case Is::PoliciesNoMap:
      return value.isText() || eachItem(value, isTextOrMap);
    case Is::DeleteOrRetain:
      return value.is("Delete") || value.is("Retain");
  }
  return false;
}

std::string misfit(const PropertyRule& rule) {
  switch (rule.is) {
    case Is::Map:
      return shouldBe(rule.name, "map");
    case Is::Text:
      return shouldBe(rule.name, "string");
    case Is::DeleteOrRetain:
      return shouldBe(rule.name, "one of the strings: 'Delete' or 'Retain'");
    default:
      return "Type of property '" + std::string(rule.name) + "' is invalid.";
  }
}

}  // namespace

Macro readMacro(std::string_view type, const Text& logical_id, const Value& body, PropertyRules rules) {
  Macro macro;
  macro.type = type;
  macro.logical_id = logical_id;
  const std::string& id = logical_id.text;
  if (id.empty() || !std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      })) {
    failResource(id, "Logical ids must be alphanumeric.");
  }
  if (body.has("Properties")) {
    if (!body["Properties"].isMap()) failResource(id, "Properties of a resource must be an object.");
    for (const auto& [name, value] : body["Properties"].members()) {
      const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.name == name.text; });
      if (rule == rules.end()) {
        failResource(id, "property " + name.text + " not defined for resource of type " + std::string(type));
      }
      macro.properties.set(name, value);
    }
  }
  macro.depends_on = body["DependsOn"];
  for (const char* name : {"DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"}) {
    if (body.has(name)) macro.attributes.set(name, body[name]);
  }
  for (const PropertyRule& rule : rules) {
    const Value value = macro[rule.name];
    if (rule.intrinsics == Intrinsics::Allowed && value.isMap() && value.size() == 1) continue;
    if (value.isNull()) {
      if (rule.presence == Presence::Required) {
        failResource(id, "Missing required property '" + std::string(rule.name) + "'.");
      }
    } else if (!fits(value, rule.is)) {
      failResource(id, misfit(rule));
    }
  }
  return macro;
}

}  // namespace thimble::lang::sam
