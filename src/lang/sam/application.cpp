// AWS::Serverless::Application: a nested stack, of a template that it names or that the Serverless Application
// Repository has.
#include "lang/sam/fault.h"
#include "lang/sam/macros.h"
#include "lang/sam/prepare.h"
#include "lang/sam/resolver.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Location", Is::TextOrMap, Presence::Required}, {"TemplateUrl", Is::Text}, {"Parameters", Is::Map},
    {"NotificationARNs", Is::ListOfTextsOrMaps},     {"Tags", Is::Map},         {"TimeoutInMinutes", Is::Integer},
};

constexpr const char* kId = "ApplicationId";
constexpr const char* kVersion = "SemanticVersion";

void checkLocation(const std::string& id, const Value& location) {
  expectText(location[kId], ofResource(id), "Location.ApplicationId");
  expectText(location[kVersion], ofResource(id), "Location.SemanticVersion");
  if (location[kId].str().find("{{resolve:ssm:") != std::string::npos) {
    failResource(id,
                 "Serverless Application Repostiory does not support dynamic reference in 'ApplicationId' property.");
  }
}

}  // namespace

std::map<std::string, Fault> resolveApplicationLocations(const Value& document, const Value& parameters) {
  std::map<std::string, Fault> faults;
  for (const auto& [id, application] : serverlessResources(document, {"AWS::Serverless::Application"})) {
    const Value location = application["Properties"]["Location"];
    if (location[kId].isNull() || location[kVersion].isNull()) continue;
    for (const char* name : {kId, kVersion}) {
      location.set(name,
                   resolveMappings(resolveParameters(location[name].deepCopy(), parameters), document["Mappings"]));
    }
    if (location[kId].isMap() || location[kVersion].isMap()) continue;
    try {
      checkLocation(id.text, location);
    } catch (const Fault& fault) {
      faults.emplace(id.text, fault);
    }
  }
  return faults;
}

void locateApplication(const Context& context, const std::string& logical_id, const Value& properties) {
  const auto require = [&](const Value& map, const char* name) {
    if (!map.has(name))
      failResource(logical_id, std::string("Resource is missing the required [") + name + "] property.");
  };
  const auto refuseIntrinsic = [&](const Value& value, const char* name) {
    if (!value.isMap()) return;
    failResource(logical_id, std::string("Property '") + name +
                                 "' cannot be resolved. Only FindInMap and Ref intrinsic functions are supported.");
  };
  require(properties, "Location");
  const Value location = properties["Location"];
  if (!location.isMap()) {
    properties.set("TemplateUrl", location);
    return;
  }
  require(location, kId);
  require(location, kVersion);
  expectPresent(location[kId], ofResource(logical_id), kId);
  refuseIntrinsic(location[kId], kId);
  if (!location[kVersion].truthy()) failResource(logical_id, "Property 'SemanticVersion' cannot be blank.");
  refuseIntrinsic(location[kVersion], kVersion);
  const auto fault = context.application_faults.find(logical_id);
  if (fault != context.application_faults.end()) throw fault->second;
  const auto found = context.input.applications.find({location[kId].str(), location[kVersion].str()});
  if (found != context.input.applications.end()) properties.set("TemplateUrl", found->second);
}

const PropertyRules kApplicationRules = kRules;

Resources expandApplication(Context&, Macro& macro) {
  ResourcePointer stack = makeResource("AWS::CloudFormation::Stack", macro.logical_id, passedThrough(macro.attributes));
  stack->depends_on = macro.depends_on;
  for (const char* name : {"Parameters", "NotificationARNs", "TimeoutInMinutes"}) stack->set(name, macro[name]);
  Value marks = Value::map();
  if (const Value location = macro["Location"]; location.isMap()) {
    if (!location["ApplicationId"].isNull()) marks.set("serverlessrepo:applicationId", location["ApplicationId"]);
    if (!location["SemanticVersion"].isNull()) marks.set("serverlessrepo:semanticVersion", location["SemanticVersion"]);
  }
  stack->set("Tags", tagsWithMark(macro, macro["Tags"], marks));
  if (macro["Location"].isMap() && !macro["TemplateUrl"].truthy()) {
    failResource(macro.logical_id.text, "Serverless Application Repository is not available in this region.");
  }
  stack->set("TemplateURL", macro["TemplateUrl"].truthy() ? macro["TemplateUrl"] : Value(""));
  return {stack};
}

}  // namespace thimble::lang::sam
