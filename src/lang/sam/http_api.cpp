// AWS::Serverless::HttpApi: the API, its stage, and its authorizers' permissions.
#include <algorithm>
#include <array>

#include "lang/sam/api_v2.h"
#include "lang/sam/fault.h"
#include "lang/sam/http_api_authorizer.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/open_api_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"__MANAGE_SWAGGER", Is::Boolean},
    {"Name"},
    {"StageName", Is::TextOrMap},
    {"Tags", Is::Map},
    {"PropagateTags", Is::Boolean},
    {"DefinitionBody", Is::Map},
    {"DefinitionUri", Is::TextOrMap},
    {"StageVariables", Is::Map},
    {"CorsConfiguration", Is::BooleanOrMap},
    {"AccessLogSettings", Is::Map},
    {"DefaultRouteSettings", Is::Map},
    {"Auth", Is::Map},
    {"RouteSettings", Is::Map},
    {"Domain", Is::Map},
    {"FailOnWarnings", Is::Boolean},
    {"Description", Is::Text},
    {"DisableExecuteApiEndpoint", Is::Boolean},
};

constexpr const char* kDefaultStage = "$default";
constexpr const char* kCreatedBy = "httpapi:createdBy";

void onlyInline(const Macro& macro, const Value& definition, const std::string& what) {
  if (!definition.truthy()) failResource(macro.logical_id.text, what + " 'DefinitionBody' property.");
}

Value addCors(const Macro& macro, const Value& definition) {
  const Value cors = macro["CorsConfiguration"];
  const std::string& id = macro.logical_id.text;
  if (!cors.truthy()) return definition;
  onlyInline(macro, definition, "Cors works only with inline OpenApi specified in");
  OpenApiEditor::Cors settings;
  if (cors.isBool()) {
    settings.origins = Value::list({"*"});
  } else if (isIntrinsic(cors)) {
    settings.origins = cors;
  } else if (cors.isMap()) {
    static constexpr std::array<std::string_view, 6> kMembers = {"AllowMethods", "AllowHeaders",  "AllowOrigins",
                                                                 "MaxAge",       "ExposeHeaders", "AllowCredentials"};
    for (const auto& [name, value] : cors.members()) {
      if (std::find(kMembers.begin(), kMembers.end(), name.text) == kMembers.end()) {
        failResource(id, "Invalid key '" + name.text + "' for 'Cors' property.");
      }
    }
    settings = {cors["AllowOrigins"], cors["AllowHeaders"],
                cors["AllowMethods"], cors["ExposeHeaders"],
                cors["MaxAge"],       cors["AllowCredentials"].isBool() && cors["AllowCredentials"].asBool()};
  } else {
    failResource(id, "Invalid value for 'Cors' property.");
  }
  if (!OpenApiEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi definition.");
  }
  if (settings.credentials && settings.origins == Value::list({"*"})) {
    failResource(id,
                 "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "
                 "\"'*'\" or not set.");
  }
  OpenApiEditor editor(definition);
  editor.addCors(settings);
  return editor.result();
}

void setDefaultAuthorizer(OpenApiEditor& editor, const std::string& id, const HttpAuthorizers& authorizers,
                          const Value& name) {
  if (!name.truthy() || isNoValue(name)) return;
  expectText(name, ofResource(id), "Auth.DefaultAuthorizer");
  const auto found =
      std::find_if(authorizers.begin(), authorizers.end(), [&](const auto& a) { return name.is(a.first.text); });
  if (found == authorizers.end()) {
    failResource(id, "Unable to set DefaultAuthorizer because '" + name.str() + "' was not defined in 'Authorizers'.");
  }
  for (const Text& path : editor.pathNames()) {
    editor.setDefaultAuthorizer(path.text, name.asText(), found->second.config["AuthorizationScopes"]);
  }
}

Value addAuth(Context& context, const Macro& macro, const Value& definition) {
  const Value auth = macro["Auth"];
  const std::string& id = macro.logical_id.text;
  if (!auth.truthy()) return definition;
  onlyInline(macro, definition, "Auth works only with inline OpenApi specified in the");
  for (const auto& [name, value] : auth.members()) {
    if (name.text != "Authorizers" && name.text != "DefaultAuthorizer" && name.text != "EnableIamAuthorizer") {
      failResource(id, "Invalid value for 'Auth' property");
    }
  }
  if (!OpenApiEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid OpenApi definition.");
  }
  OpenApiEditor editor(definition);
  const HttpAuthorizers authorizers = readHttpAuthorizers(id, auth);
  for (const auto& [name, authorizer] : authorizers) {
    editor.addSecurityScheme(name, authorizer.scheme(id, context.partition()));
  }
  setDefaultAuthorizer(editor, id, authorizers, auth["DefaultAuthorizer"]);
  return editor.result();
}

Value addTags(Macro& macro, const Value& definition) {
  const Value given = macro["Tags"];
  if (given.truthy()) onlyInline(macro, definition, "Tags works only with inline OpenApi specified in the");
  if (!definition.truthy()) return definition;
  if (!OpenApiEditor::isValid(definition)) {
    if (given.truthy()) {
      failResource(macro.logical_id.text,
                   "Unable to add `Tags` because 'DefinitionBody' does not contain a valid OpenApi definition.");
    }
    return definition;
  }
  if (!given.truthy()) macro.properties.set("Tags", Value::map());
  macro["Tags"].set(kCreatedBy, "SAM");
  OpenApiEditor editor(definition);
  editor.addTags(macro["Tags"]);
  return editor.result();
}

/// Name and Description go into the definition's info, unless it has them.
Value addInfo(const Macro& macro, Value definition) {
  const std::string& id = macro.logical_id.text;
  const auto infoMember = [&](const char* member, const char* end) {
    std::string error;
    const Value value = deepGet(definition, {"info", member}, error);
    if (!error.empty()) failResource(id, "Invalid 'DefinitionBody': " + error + end);
    return value;
  };
  if (macro["Name"].truthy()) {
    onlyInline(macro, definition, "Name works only with inline OpenApi specified in the");
    if (!(infoMember("title", ".") == ref("AWS::StackName"))) {
      failResource(id,
                   "Unable to set Name because it is already defined within inline OpenAPI specified in the "
                   "'DefinitionBody' property.");
    }
    OpenApiEditor editor(definition);
    editor.addTitle(macro["Name"]);
    definition = editor.result();
  }
  if (macro["Description"].truthy()) {
    onlyInline(macro, definition, "Description works only with inline OpenApi specified in the");
    if (infoMember("description", "'.").truthy()) {
      failResource(id,
                   "Unable to set Description because it is already defined within inline OpenAPI specified in the "
                   "'DefinitionBody' property.");
    }
    OpenApiEditor editor(definition);
    editor.addDescription(macro["Description"]);
    definition = editor.result();
  }
  return definition;
}

ResourcePointer makeHttpApi(Context& context, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  ResourcePointer api = makeResource("AWS::ApiGatewayV2::Api", macro.logical_id, macro.attributes);
  api->depends_on = macro.depends_on;
  Value definition = macro["DefinitionBody"];
  const Value uri = macro["DefinitionUri"];
  if (uri.truthy() && definition.truthy()) {
    failResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  }
  definition = addCors(macro, definition);
  definition = addAuth(context, macro, definition);
  definition = addTags(macro, definition);
  if (macro["FailOnWarnings"].truthy()) api->set("FailOnWarnings", macro["FailOnWarnings"]);
  if (!macro["DisableExecuteApiEndpoint"].isNull()) {
    onlyInline(macro, definition, "DisableExecuteApiEndpoint works only within");
    OpenApiEditor editor(definition);
    editor.setDisableEndpoint(macro["DisableExecuteApiEndpoint"]);
    definition = editor.result();
  }
  definition = addInfo(macro, definition);
  if (const Value paths = definition["paths"]; macro["FailOnWarnings"].truthy() && paths.has(kDefaultStage)) {
    // With warnings as failures the default route has to look like a path.
    const Value route = paths[kDefaultStage];
    paths.erase(kDefaultStage);
    paths.set(std::string("/") + kDefaultStage, route);
  }
  if (uri.truthy())
    api->set("BodyS3Location", s3Location(uri, id, "DefinitionUri"));
  else if (definition.truthy())
    api->set("Body", definition);
  else {
    failResource(id,
                 "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a "
                 "value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.");
  }
  return api;
}

ResourcePointer makeStage(const Macro& macro) {
  const Value name = macro["StageName"].truthy() ? macro["StageName"] : Value(kDefaultStage);
  const std::string text = name.isText() ? name.str() : "";
  const bool plain =
      !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
  const Text id = plain                   ? macro.logical_id + text + "Stage"
                  : text == kDefaultStage ? macro.logical_id + "ApiGatewayDefaultStage"
                                          : hashedId(macro.logical_id + "Stage", text);
  ResourcePointer stage = makeResource("AWS::ApiGatewayV2::Stage", id, passedThrough(macro.attributes));
  stage->set("ApiId", ref(macro.logical_id));
  stage->set("StageName", name);
  for (const char* property :
       {"StageVariables", "AccessLogSettings", "DefaultRouteSettings", "Tags", "RouteSettings"}) {
    stage->set(property, macro[property]);
  }
  stage->set("AutoDeploy", true);
  return stage;
}

}  // namespace

const PropertyRules kHttpApiRules = kRules;

Resources expandHttpApi(Context& context, Macro& macro) {
  for (const char* name : {"CorsConfiguration", "Domain"}) {
    if (macro.properties.has(name)) macro.properties.set(name, context.resolve(macro[name]));
  }
  Resources made{makeHttpApi(context, macro)};
  const Resources domain = makeApiV2Domain(context, macro, kCreatedBy);
  if (macro["Auth"].truthy()) {
    for (const auto& [name, authorizer] : readHttpAuthorizers(macro.logical_id.text, macro["Auth"])) {
      const Value function = authorizer.config["FunctionArn"];
      if (!function.truthy() || !authorizer.config["EnableFunctionDefaultPermissions"].truthy()) continue;
      made.push_back(makeApiV2AuthorizerPermission(macro, macro.logical_id + name + "AuthorizerPermission", function));
    }
  }
  made.insert(made.end(), domain.begin(), domain.end());
  made.push_back(makeStage(macro));
  propagateTags(made, macro["Tags"], !macro["DefinitionBody"].isNull());
  return made;
}

}  // namespace thimble::lang::sam
