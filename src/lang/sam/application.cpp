// AWS::Serverless::Application: a nested stack. Applications of the Serverless Application Repository are not to be had
// here; one that names a template is.
#include "lang/sam/fault.h"
#include "lang/sam/macros.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Location", Is::TextOrMap, Presence::Required}, {"TemplateUrl", Is::Text}, {"Parameters", Is::Map},
    {"NotificationARNs", Is::ListOfTextsOrMaps},     {"Tags", Is::Map},         {"TimeoutInMinutes", Is::Integer},
};

}  // namespace

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
  stack->set("TemplateURL", macro["TemplateUrl"].truthy() ? macro["TemplateUrl"] : Value(""));
  return {stack};
}

}  // namespace thimble::lang::sam
