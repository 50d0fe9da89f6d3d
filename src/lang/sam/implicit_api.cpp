// APIs that exist because of events: the implicit ones, and the paths that events add to all.
#include <map>
#include <optional>
#include <set>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/open_api_editor.h"
#include "lang/sam/prepare.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

/// Conditions of the functions behind one method: a name, or null.
using MethodConditions = std::map<std::string, Value>;

/// One of the two kinds of API.
struct ApiKind {
  const char* event_type;
  const char* resource_type;
  const char* id_property;  ///< Of an event.
  const char* implicit_id;
  bool rest;
};
constexpr ApiKind kRest{"Api", "AWS::Serverless::Api", "RestApiId", "ServerlessRestApi", true};
constexpr ApiKind kHttp{"HttpApi", "AWS::Serverless::HttpApi", "ApiId", "ServerlessHttpApi", false};

class ImplicitApis {
 public:
  ImplicitApis(const Value& document, const ApiKind& kind) : document_(document), kind_(kind) {}
  void run();

 private:
  Value resources() const { return document_["Resources"]; }
  Value implicit() const { return resources()[kind_.implicit_id]; }
  void addEvent(const Value& owner, const Text& event_id, const Value& event);
  void takeOverTags(const Value& event_properties, const Value& owner) const;
  void addPath(const std::string& event_id, const Value& event_properties) const;
  void addRouteSettings(const std::string& event_id, const Value& event_properties, const Value& condition) const;
  void setImplicitAttributes();
  void setPathConditions();
  void combineConditions(const std::string& name, const std::set<std::string>& conditions) const;
  Value skeleton() const { return kind_.rest ? SwaggerEditor::skeleton() : OpenApiEditor::skeleton(); }

  Value document_;
  const ApiKind& kind_;
  /// By API and path.
  std::map<std::string, std::map<std::string, MethodConditions>> conditions_;
  std::map<std::string, std::vector<Value>> deletion_policies_, update_replace_policies_;
};

/// The conditions' names, or nothing when a method has none.
std::optional<std::set<std::string>> allConditions(const MethodConditions& methods) {
  std::set<std::string> names;
  for (const auto& [method, condition] : methods) {
    if (!condition.isText()) return std::nullopt;
    names.insert(condition.str());
  }
  return names;
}

std::string pathCondition(const std::string& api_id, const std::string& path) {
  std::string name;
  for (const char c : path) {
    if (c == '/')
      name += "SLASH";
    else if (c == '{')
      name += "OB";
    else if (c == '}')
      name += "CB";
    else
      name += c;
  }
  return api_id + name + "PathCondition";
}

void ImplicitApis::run() {
  const std::optional<Value> existing =
      resources().has(kind_.implicit_id) ? std::optional(implicit().deepCopy()) : std::nullopt;
  Value properties = Value::map();
  if (kind_.rest) properties.set("StageName", "Prod");
  properties.set("DefinitionBody", skeleton());
  properties.set("__MANAGE_SWAGGER", true);
  resources().set(kind_.implicit_id, Value::map({{"Type", kind_.resource_type}, {"Properties", properties}}));

  std::vector<Fault> faults;
  for (const auto& [id, owner] :
       serverlessResources(document_, {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"})) {
    try {
      const Value events = owner["Properties"]["Events"];
      Value api_events = Value::hashedMap();
      for (const auto& [event_id, event] : events.members()) {
        if (event["Type"].is(kind_.event_type)) api_events.set(event_id, event);
      }
      for (const auto& [event_id, event] : api_events.members()) addEvent(owner, event_id, event);
      // Changes nothing but the order in which the events are found later.
      if (api_events.size() > 0) events.update(api_events);
    } catch (const EventFault& fault) {
      faults.push_back(resourceFault(id.text, fault.message()));
    }
  }
  setImplicitAttributes();
  setPathConditions();
  if (implicit()["Properties"]["DefinitionBody"]["paths"].size() == 0) {
    if (existing)
      resources().set(kind_.implicit_id, *existing);
    else
      resources().erase(kind_.implicit_id);
  }
  if (!faults.empty()) throw DocumentFault{faults};
}

void ImplicitApis::addEvent(const Value& owner, const Text& event_id, const Value& event) {
  Value properties = event.has("Properties") ? event["Properties"] : Value::map();
  if (kind_.rest && !properties.truthy()) return;
  expectMap(properties, ofEvent(event_id.text), "", "Properties should be a map.");
  if (!properties.truthy()) event.set("Properties", properties);
  takeOverTags(properties, owner);
  if (!properties.has(kind_.id_property)) properties.set(kind_.id_property, ref(kind_.implicit_id));
  if (!kind_.rest && !properties["Path"].truthy() && !properties["Method"].truthy()) {
    properties.set("Path", "$default");
    properties.set("Method", kAnyMethod);
  }
  const Owner place = ofEvent(event_id.text);
  expectPresent(properties["Path"], place, "Path");
  expectPresent(properties["Method"], place, "Method");
  const Value api_id = restApiId(properties[kind_.id_property]);
  expectText(api_id, place, kind_.id_property);
  expectText(properties["Path"], place, "Path");
  expectText(properties["Method"], place, "Method");

  conditions_[api_id.str()][properties["Path"].str()][properties["Method"].str()] = owner["Condition"];
  deletion_policies_[api_id.str()].push_back(owner["DeletionPolicy"]);
  update_replace_policies_[api_id.str()].push_back(owner["UpdateReplacePolicy"]);
  addPath(event_id.text, properties);
  if (!kind_.rest && properties.has("RouteSettings")) addRouteSettings(event_id.text, properties, owner["Condition"]);
}

void ImplicitApis::takeOverTags(const Value& event_properties, const Value& owner) const {
  if (event_properties.has(kind_.id_property)) return;
  const Value globals =
      document_["Globals"][owner["Type"].is("AWS::Serverless::Function") ? "Function" : "StateMachine"];
  const auto either = [&](const char* name) {
    return owner["Properties"][name].truthy() ? owner["Properties"][name] : globals[name];
  };
  const Value tags = either("Tags");
  if (!tags.truthy() || !either("PropagateTags").truthy() || !implicit().isMap()) return;
  const Value properties = implicit()["Properties"];
  properties.setDefault("Tags", Value::map()).update(tags);
  properties.set("PropagateTags", true);
}

void ImplicitApis::addPath(const std::string& event_id, const Value& event_properties) const {
  const std::string api_id = restApiId(event_properties[kind_.id_property]).str();
  const Value api = resources()[api_id];
  if (!resources().has(api_id) || (kind_.rest && api["Type"].is("AWS::Serverless::HttpApi"))) {
    failEvent(event_id, std::string(kind_.id_property) + " must be a valid reference to an '" + kind_.resource_type +
                            "' resource in same template.");
  }
  const Value properties = api["Properties"];
  const Value definition = properties["DefinitionBody"];
  if (!(kind_.rest ? SwaggerEditor::isValid(definition) : OpenApiEditor::isValid(definition))) return;
  if (!properties["__MANAGE_SWAGGER"].truthy()) return;
  const auto add = [&](auto editor) {
    editor.addPath(event_properties["Path"].asText(), event_properties["Method"].asText());
    properties.set("DefinitionBody", editor.result());
  };
  if (kind_.rest)
    add(SwaggerEditor(definition));
  else
    add(OpenApiEditor(definition));
}

void ImplicitApis::addRouteSettings(const std::string& event_id, const Value& event_properties,
                                    const Value& condition) const {
  const std::string api_id = restApiId(event_properties[kind_.id_property]).str();
  const std::string path = event_properties["Path"].str();
  std::string method = event_properties["Method"].str();
  std::string route = path;
  if (method != kAnyMethod) {
    for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    route = method + " " + path;
  }
  const Value properties = resources()[api_id]["Properties"];
  const Value all = properties.has("RouteSettings") ? properties["RouteSettings"] : Value::map();
  expectMap(all, ofResource(api_id), "RouteSettings");
  Value settings = event_properties["RouteSettings"];
  if (condition.truthy()) settings = conditional(condition, settings);
  expectMap(settings, ofEvent(event_id), "RouteSettings");
  all.setDefault(route, Value::map()).update(settings);
  properties.set("RouteSettings", all);
}

void ImplicitApis::combineConditions(const std::string& name, const std::set<std::string>& conditions) const {
  document_.setDefault("Conditions", Value::map())
      .update(combinedConditions({conditions.begin(), conditions.end()}, name));
}

void ImplicitApis::setImplicitAttributes() {
  const std::string id = kind_.implicit_id;
  MethodConditions all;
  for (const auto& [path, methods] : conditions_[id]) {
    for (const auto& [method, condition] : methods) all[path + " " + method] = condition;
  }
  if (const auto names = allConditions(all); names && !names->empty()) {
    implicit().set("Condition", names->size() == 1 ? *names->begin() : id + "Condition");
    if (names->size() > 1) combineConditions(id + "Condition", *names);
  }
  const auto setStrongest = [&](const char* attribute, const std::vector<Value>& given,
                                const std::vector<const char*>& ranked) {
    for (const char* policy : ranked) {
      for (const Value& value : given) {
        if (!value.is(policy)) continue;
        implicit().set(attribute, policy);
        return;
      }
    }
  };
  setStrongest("DeletionPolicy", deletion_policies_[id], {"Retain", "Delete"});
  setStrongest("UpdateReplacePolicy", update_replace_policies_[id], {"Retain", "Snapshot", "Delete"});
}

void ImplicitApis::setPathConditions() {
  for (const auto& [api_id, api] : serverlessResources(document_, {kind_.resource_type})) {
    const Value properties = api["Properties"];
    if (!properties["__MANAGE_SWAGGER"].truthy()) continue;
    const auto apply = [&](auto editor) {
      for (const Text& path : editor.pathNames()) {
        const auto names = allConditions(conditions_[api_id.text][path.text]);
        if (!names || names->empty()) continue;
        const std::string combined = pathCondition(api_id.text, path.text);
        if (names->size() > 1) combineConditions(combined, *names);
        // A single condition is the functions' own name for it, and as such stems from the template.
        Value condition = combined;
        if (names->size() == 1) condition = conditions_[api_id.text][path.text].begin()->second;
        editor.makePathConditional(path, condition);
      }
      properties.set("DefinitionBody", editor.result());
    };
    if (kind_.rest)
      apply(SwaggerEditor(properties["DefinitionBody"]));
    else
      apply(OpenApiEditor(properties["DefinitionBody"]));
  }
}

}  // namespace

void addImplicitApis(const Value& document) {
  ImplicitApis(document, kRest).run();
  ImplicitApis(document, kHttp).run();
}

void addDefaultDefinitions(const Value& document) {
  for (const ApiKind& kind : {kRest, kHttp}) {
    for (const auto& [id, api] : serverlessResources(document, {kind.resource_type})) {
      const Value properties = api.setDefault("Properties", Value::map());
      if (properties["DefinitionBody"].truthy() || properties["DefinitionUri"].truthy()) continue;
      properties.set("DefinitionBody", kind.rest ? SwaggerEditor::skeleton() : OpenApiEditor::skeleton());
      properties.set("__MANAGE_SWAGGER", true);
    }
  }
}

}  // namespace thimble::lang::sam
