// Api on a state machine: a method of a REST API that starts an execution.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/integration.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Path", Is::Text, Presence::Required},
    {"Method", Is::Text, Presence::Required},
    {"RestApiId", Is::Text, Presence::Required},
    {"Stage", Is::Text},
    {"Auth", Is::Map},
    {"UnescapeMappingTemplate", Is::Boolean, Presence::Optional, Intrinsics::Refused},
};

/// The request's body becomes the execution's input.
Value requestTemplates(const Resource& machine, bool unescape) {
  const std::string arn = "${" + machine.logical_id.text + "}";
  const std::string input = "$util.escapeJavaScript($input.json('$'))";
  const std::string unescaped = R"~(.replaceAll("\\'","'"))~";
  const std::string body =
      "{\"input\": \"" + input + (unescape ? unescaped : "") + "\", \"stateMachineArn\": \"" + arn + "\"}";
  return Value::map({{"application/json", sub(body)}});
}

Resources expand(EventTarget& target, Macro& event, const EventLink& link) {
  Text method = event["Method"].asText();
  for (char& c : method.text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const Text role_id = event.logical_id.text + "Role";
  ResourcePointer role = makeResource("AWS::IAM::Role", role_id, passedThrough(target.resource.attributes));
  role->set("AssumeRolePolicyDocument", assumeRolePolicy("apigateway.amazonaws.com"));
  role->set("Policies", Value::list({startExecutionPolicy(arnOf(target.resource), role_id)}));
  if (target.permissions_boundary.truthy()) role->set("PermissionsBoundary", target.permissions_boundary);

  const Value api = link.linked;
  if (!api["__MANAGE_SWAGGER"].truthy() || api["DefinitionBody"].isNull()) return {role};
  SwaggerEditor editor(api["DefinitionBody"]);
  const Text path = event["Path"].asText();
  if (editor.hasIntegration(path.text, method)) {
    failEvent(event.relative_id.text,
              "API method \"" + method.text + "\" defined multiple times for path \"" + path.text + "\".");
  }
  editor.addStateMachineIntegration(
      path, method, sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution"), arnOf(*role),
      requestTemplates(target.resource, event["UnescapeMappingTemplate"].truthy()),
      target.resource.attributes["Condition"]);
  if (event["Auth"].truthy()) {
    addEventAuth(target.context, editor, event["Auth"], api, link.linked_id.text,
                 {event.relative_id.text, method, path, event["Stage"]});
  }
  api.set("DefinitionBody", editor.result());
  return {role};
}

}  // namespace

const EventKind kMachineApiEvent{"Api", kRules, linkRestApi, expand};

}  // namespace thimble::lang::sam
