// Api: a method of a REST API that invokes the function.
#include <array>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/integration.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Path", Is::Text, Presence::Required},
    {"Method", Is::Text, Presence::Required},
    {"RestApiId", Is::Text, Presence::Required},
    {"Stage", Is::Text},
    {"Auth", Is::Map},
    {"RequestModel", Is::Map},
    {"RequestParameters", Is::List},
    {"TimeoutInMillis", Is::Integer},
    {"ResponseTransferMode", Is::Text},
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

Text lower(Text text) {
  for (char& c : text.text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

ResourcePointer makeApiPermission(EventTarget& target, const Macro& event, const std::string& suffix) {
  Text path = event["Path"].asText();
  if (path.text.size() > 1 && path.text.back() == '/') path.text.pop_back();
  const std::string method = upper(event["Method"].str());
  const std::string resource =
      "${__ApiId__}/${__Stage__}/" + (method == "ANY" ? "*" : method) + pathPattern(path, true).text;
  const Value source_arn = sub(arnPattern(target.context.partition(), "execute-api", resource),
                               Value::map({{"__ApiId__", event["RestApiId"]}, {"__Stage__", "*"}}));
  return makePermission(event, target.resource,
                        {.principal = "apigateway.amazonaws.com", .source_arn = source_arn, .suffix = suffix});
}

void addRequestModel(SwaggerEditor& editor, const Macro& event, const Value& api) {
  const Value request = event["RequestModel"];
  if (!request.truthy()) return;
  const std::string& id = event.relative_id.text;
  expectMap(request, ofEvent(id), "RequestModel");
  const Value model = request["Model"];
  if (!model.truthy()) return;
  const std::string path = event["Path"].str();
  const Text method = event["Method"].asText();
  const auto fail = [&](const std::string& why) {
    failEvent(id, "Unable to set RequestModel [" + pythonString(model) + "] on API method [" + method.text +
                      "] for path [" + path + "] " + why);
  };
  const Value models = api["Models"];
  if (!models.truthy()) fail("because the related API does not define any Models.");
  if (!models.isMap()) fail("because the related API Models defined is of invalid type.");
  if (!model.isText()) fail("because the related API does not contain valid Models.");
  if (!models[model.str()].truthy()) fail("because it wasn't defined in the API's Models.");
  editor.addRequestModel(path, method, request);

  Value body = request["ValidateBody"];
  Value parameters = request["ValidateParameters"];
  if (body.isNull() && parameters.isNull()) return;
  if (body.isNull()) body = false;
  if (parameters.isNull()) parameters = false;
  if (!body.isBool() || !parameters.isBool()) {
    failEvent(
        id,
        "Unable to set Validator to RequestModel [" + model.str() + "] on API method [" + method.text + "] for path [" +
            path +
            "] ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.");
  }
  editor.addRequestValidator(path, method, body.asBool(), parameters.asBool());
}

bool namesParameter(const std::string& name) {
  for (const char* prefix : {"method.request.querystring.", "method.request.path.", "method.request.header."}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

void addRequestParameters(SwaggerEditor& editor, const Macro& event) {
  if (!event["RequestParameters"].truthy()) return;
  const std::string& id = event.relative_id.text;
  const auto fail = [&](const std::string& why) {
    failEvent(id, "Invalid value for 'RequestParameters' property. " + why);
  };
  std::vector<Value> parameters;
  for (const Value& given : event["RequestParameters"].items()) {
    if (!given.isText() && !given.isMap()) fail("Property must be either a string or an object");
    const Text name = given.isText() ? given.asText() : given.size() > 0 ? given.members().front().first : Text();
    if (!namesParameter(name.text)) {
      fail(
          "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g "
          "'method.request.header.Authorization'.");
    }
    Value parameter = Value::map({{"Required", false}, {"Caching", false}});
    if (given.isMap()) {
      const Value settings = given.members().front().second;
      bool fits = settings.isMap();
      for (const auto& [key, value] : settings.members())
        fits = fits && (key.text == "Required" || key.text == "Caching");
      if (!fits) fail("Values must be an object, e.g { Required: true, Caching: false }");
      parameter.update(settings);
    }
    parameter.set("Name", name);
    parameters.push_back(parameter);
  }
  editor.addRequestParameters(event["Path"].str(), event["Method"].asText(), parameters);
}

/// With MergeDefinitions: the generated method's members on top of the user's.
void mergeDefinitions(const Macro& event, const Value& api, const std::string& api_id, const Value& generated) {
  const Value body = api["DefinitionBody"].shallowCopy();
  const Value paths = body["paths"].truthy() ? body["paths"] : Value::map();
  const Text path = event["Path"].asText();
  const Text method = event["Method"].asText();
  std::string error;
  Value own = deepGet(paths, {path.text, method.text}, error);
  if (!error.empty()) failResource(api_id, "Property 'DefinitionBody' is invalid: " + error);
  if (!own.truthy()) own = Value::map();
  expectMap(own, ofResource(api_id), "DefinitionBody.paths." + path.text + "." + method.text);
  Value merged = Value::map();
  merged.update(own);
  merged.update(generated["paths"][path.text][normalMethod(method).text]);
  if (!paths.has(path.text)) paths.set(path, Value::map({{method, merged}}));
  paths[path.text].set(method, merged);
  api.set("DefinitionBody", body);
}

void addIntegration(EventTarget& target, const Macro& event, const EventLink& link) {
  const Value api = link.linked;
  const std::string& api_id = link.linked_id.text;
  Value definition = api["DefinitionBody"];
  const bool merge = api["MergeDefinitions"].truthy();
  if (definition.isNull()) return;
  if (merge) definition = SwaggerEditor::skeleton();
  SwaggerEditor editor(definition);
  const Text path = event["Path"].asText();
  const Text method = event["Method"].asText();
  if (editor.hasIntegration(path.text, method)) {
    failEvent(event.relative_id.text,
              "API method \"" + method.text + "\" defined multiple times for path \"" + path.text + "\".");
  }
  const Value event_auth = event["Auth"].truthy() ? event["Auth"] : Value::hashedMap();
  expectMap(event_auth, ofEvent(event.relative_id.text), "Auth");
  const Value api_auth = api["Auth"].truthy() ? api["Auth"] : Value::hashedMap();
  expectMap(api_auth, ofResource(api_id), "Auth");
  const bool streams = event["ResponseTransferMode"].is("RESPONSE_STREAM");
  editor.addLambdaIntegration(path, method,
                              {.uri = integrationUri(target.resource, target.context.partition(), streams),
                               .event_auth = event_auth,
                               .api_auth = api_auth,
                               .condition = target.resource.attributes["Condition"],
                               .streams = streams,
                               .partition = target.context.partition()});
  if (event["Auth"].truthy()) {
    addEventAuth(target.context, editor, event["Auth"], api, api_id,
                 {event.relative_id.text, method, path, link.stage_suffix});
  }
  if (event["TimeoutInMillis"].truthy()) editor.setTimeout(path.text, method, event["TimeoutInMillis"]);
  addRequestModel(editor, event, api);
  addRequestParameters(editor, event);
  if (merge)
    mergeDefinitions(event, api, api_id, editor.result());
  else
    api.set("DefinitionBody", editor.result());
}

Resources expand(EventTarget& target, Macro& event, const EventLink& link) {
  event.properties.set("Method", lower(event["Method"].asText()));
  Resources made{makeApiPermission(target, event, link.stage_suffix.text)};
  const Value api = link.linked;
  if (api["__MANAGE_SWAGGER"].truthy() || api["MergeDefinitions"].truthy()) addIntegration(target, event, link);

  const Value auth = event["Auth"];
  if (api["DefinitionBody"].truthy() && auth["OverrideApiAuth"].truthy()) {
    if (!auth["Authorizer"].truthy() && !auth["ApiKeyRequired"].truthy() && !auth["ResourcePolicy"].truthy()) {
      failEvent(
          event.relative_id.text,
          "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.");
    }
    SwaggerEditor editor(api["DefinitionBody"]);
    addEventAuth(target.context, editor, auth, api, link.linked_id.text,
                 {event.relative_id.text, event["Method"].asText(), event["Path"].asText(), link.stage_suffix});
    api.set("DefinitionBody", editor.result());
  }
  return made;
}

}  // namespace

Value restApiId(const Value& property) {
  return property.has("Ref") ? property["Ref"] : property;
}

EventLink linkRestApi(const Value& resources, const Macro& event) {
  const Value id = restApiId(event["RestApiId"]);
  EventLink link{.linked = Value(), .linked_id = {}, .stage_suffix = "AllStages"};
  if (!id.isText()) return link;
  link.linked_id = id.asText();
  const Value api = resources[id.str()];
  expectMap(api, ofEvent(event.relative_id.text), "RestApiId",
            "RestApiId property of Api event must reference a valid resource in the same template.");
  link.linked = api.has("Properties") ? api["Properties"] : Value::map();
  expectMap(link.linked, ofAttribute(id.str()), "Properties");
  const Value stage = link.linked["StageName"];
  if (stage.isText() && stage.str().empty()) failResource(id.str(), "StageName cannot be empty.");
  link.stage_suffix = stage.isText() ? stage.asText() : Text("Stage");
  return link;
}

const EventKind kApiEvent{"Api", kRules, linkRestApi, expand};

}  // namespace thimble::lang::sam
