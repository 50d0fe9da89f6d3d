// HttpApi: a route of an HTTP API that invokes the function.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/integration.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/open_api_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Path", Is::Text},         {"Method", Is::Text},
    {"ApiId", Is::Text},        {"Stage", Is::Text},
    {"Auth", Is::Map},          {"TimeoutInMillis", Is::Integer},
    {"RouteSettings", Is::Map}, {"PayloadFormatVersion", Is::Text},
};

constexpr const char* kDefaultPath = "$default";
constexpr const char* kPartition = "${AWS::Partition}";

EventLink link(const Value& resources, const Macro& event) {
  const Value id = restApiId(event["ApiId"]);
  const Value api = resources[id.str()];
  return {.linked = api.has("Properties") ? api["Properties"] : Value::map(), .linked_id = id.asText()};
}

/// The permission for the route; null where the function has the default route, whose permission covers all.
ResourcePointer makeRoutePermission(const EventTarget& target, const Macro& event, const EventLink& link) {
  Text path = event["Path"].asText();
  if (path.text.size() > 1 && path.text.back() == '/') path.text.pop_back();
  const Value definition = link.linked["DefinitionBody"];
  const bool is_default = path.text == kDefaultPath;
  if (is_default) path.text.clear();
  if (definition.truthy()) {
    try {
      OpenApiEditor editor(definition);
      if (!is_default && editor.integrates(kDefaultPath, kAnyMethod, target.resource.logical_id.text)) return nullptr;
    } catch (const DocumentFault& fault) {
      failResource(link.linked_id.text, fault.faults.front().message);
    }
  }
  const std::string pattern = pathPattern(path, false).text;
  std::string method = event["Method"].str();
  const bool any = method == "any" || method == kAnyMethod;
  for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string resource = "${__ApiId__}/${__Stage__}";
  if (event["Method"].is("any") && pattern == std::string("/") + kDefaultPath)
    resource += pattern;
  else
    resource += "/" + (any ? "*" : method) + pattern;
  return makePermission(event, target.resource,
                        {.principal = "apigateway.amazonaws.com",
                         .source_arn = sub(arnPattern(kPartition, "execute-api", resource),
                                           Value::map({{"__ApiId__", event["ApiId"]}, {"__Stage__", "*"}}))});
}

void addAuth(OpenApiEditor& editor, const Macro& event, const Value& api, const std::string& api_id) {
  const Value auth = event["Auth"];
  const std::string& id = event.relative_id.text;
  const Value api_auth = api.has("Auth") ? api["Auth"] : Value::map();
  expectMap(api_auth, ofResource(api_id), "Auth");
  if (!auth["Authorizer"].truthy()) {
    if (!api_auth["DefaultAuthorizer"].truthy()) {
      failEvent(id,
                "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on "
                "the HttpApi.");
    }
    auth.set("Authorizer", api_auth["DefaultAuthorizer"]);
  }
  const Value authorizer = auth["Authorizer"];
  const Value authorizers = api_auth["Authorizers"];
  const bool iam = api_auth["EnableIamAuthorizer"].isBool() && api_auth["EnableIamAuthorizer"].asBool();
  const MethodPlace place{id, event["Method"].asText(), event["Path"].asText(), {}};
  checkAuthorizerTypes(place, authorizer, authorizers, iam);
  const std::string at = " on API method [" + place.method.text + "] for path [" + place.path.text + "] because ";
  const std::string named = "Unable to set Authorizer [" + pythonString(authorizer) + "]" + at;
  if (authorizer.is("NONE")) {
    if (!api_auth["DefaultAuthorizer"].truthy()) {
      failEvent(id, "Unable to set Authorizer" + at +
                        "'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.");
    }
  } else if (!authorizer.is("AWS_IAM") || !iam) {
    if (!authorizers.truthy()) failEvent(id, named + "the related API does not define any Authorizers.");
    if (!authorizers[authorizer.str()].truthy()) failEvent(id, named + "it wasn't defined in the API's Authorizers.");
  }
  const Value scopes = auth["AuthorizationScopes"];
  if (scopes.truthy() && !scopes.isList()) {
    failEvent(id, "Unable to set Authorizer" + at + "'AuthorizationScopes' must be a list of strings.");
  }
  editor.addMethodAuth(place.path.text, place.method, auth, authorizers);
}

/// Names within braces, in order.
std::vector<Text> pathParameters(const Text& path) {
  std::vector<Text> names;
  for (std::size_t at = 0; (at = path.text.find('{', at)) != std::string::npos;) {
    const std::size_t end = path.text.find('}', at);
    if (end == std::string::npos) break;
    names.emplace_back(path.text.substr(at + 1, end - at - 1), path.marked);
    at = end;
  }
  return names;
}

Resources expand(EventTarget& target, Macro& event, const EventLink& link) {
  Text method = event["Method"].asText();
  for (char& c : method.text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  event.properties.set("Method", method);
  Resources made;
  if (ResourcePointer permission = makeRoutePermission(target, event, link)) made.push_back(permission);

  const Value api = link.linked;
  const Value definition = api["DefinitionBody"];
  if (definition.isNull()) return made;
  const Text path = event["Path"].asText();
  OpenApiEditor editor(definition);
  if (api["__MANAGE_SWAGGER"].truthy() && editor.hasIntegration(path.text, method)) {
    failEvent(event.relative_id.text,
              "API method '" + method.text + "' defined multiple times for path '" + path.text + "'.");
  }
  editor.addLambdaIntegration(path, method, integrationUri(target.resource, kPartition),
                              target.resource.attributes["Condition"]);
  if (event["Auth"].truthy()) addAuth(editor, event, api, link.linked_id.text);
  if (event["TimeoutInMillis"].truthy()) editor.setTimeout(path.text, method, event["TimeoutInMillis"]);
  if (const auto names = pathParameters(path); !names.empty()) editor.addPathParameters(path.text, method, names);
  if (event["PayloadFormatVersion"].truthy()) {
    editor.setPayloadVersion(path.text, method, event["PayloadFormatVersion"]);
  }
  api.set("DefinitionBody", editor.result());
  return made;
}

}  // namespace

const EventKind kHttpApiEvent{"HttpApi", kRules, link, expand};

}  // namespace thimble::lang::sam
