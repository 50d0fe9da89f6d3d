// Auth of AWS::Serverless::Api, and the sections of the definition that differ between Swagger 2 and OpenAPI 3.
#include <algorithm>
#include <array>

#include "lang/sam/api.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

/// Moves a top-level section into components.
void moveToComponents(const Value& definition, const char* from, const char* to) {
  if (!definition[from].truthy()) return;
  const Value components = definition["components"].truthy() ? definition["components"] : Value::hashedMap();
  components.set(to, definition[from]);
  definition.set("components", components);
  definition.erase(from);
}

/// The CORS method as OpenAPI 3 has it: no produces and consumes, headers with a schema.
void convertOptions(const Value& options, const std::string& path) {
  requireMap(options, "Value of options method for path " + path + " must be a dictionary according to Swagger spec.");
  const Value copy = options.shallowCopy();
  for (const auto& [field, value] : copy.members()) {
    if (field.text == "produces" || field.text == "consumes") options.erase(field.text);
    if (field.text != "responses") continue;
    std::string error;
    const Value headers = deepGet(value, {"200", "headers"}, error);
    if (!error.empty()) failDocument("Invalid responses in options method for path " + path + ": " + error + ".");
    if (!headers.truthy()) continue;
    requireMap(headers, "Value of response's headers in options method for path " + path +
                            " must be a dictionary according to Swagger spec.");
    for (const auto& [header, schema] : headers.members()) headers.set(header, Value::hashedMap({{"schema", schema}}));
  }
}

}  // namespace

Value toWantedVersion(const Macro& macro, const Value& definition) {
  if (!definition["swagger"].isNull()) return definition;
  const Value wanted = macro["OpenApiVersion"];
  const Value version = !definition["openapi"].isNull() && wanted.isNull() ? definition["openapi"] : wanted;
  if (!version.truthy() || !isOpenApi3(version)) return definition;
  moveToComponents(definition, "securityDefinitions", "securitySchemes");
  moveToComponents(definition, "definitions", "schemas");
  const Value paths = definition["paths"];
  if (!paths.truthy()) return definition;
  requireMap(paths, "Value of paths must be a dictionary according to Swagger spec.");
  for (const auto& [path, item] : paths.members()) {
    requirePathItem(item, path.text);
    if (item["options"].truthy()) convertOptions(item["options"], path.text);
  }
  return definition;
}

Authorizers readAuthorizers(const Macro& macro, const Value& config, const Value& default_name) {
  const std::string& id = macro.logical_id.text;
  Value order = Value::hashedMap();
  Authorizers found;
  if (default_name.is("AWS_IAM")) {
    Authorizer authorizer;
    authorizer.api_id = id;
    authorizer.name = default_name.asText();
    authorizer.iam = true;
    authorizer.no_default_permissions = false;
    found.emplace_back(authorizer.name, authorizer);
    order.set(authorizer.name, true);
  }
  if (config.truthy()) {
    expectMap(config, ofResource(id), "Auth.Authorizers");
    for (const auto& [name, given] : config.members()) {
      expectMap(given, ofResource(id), "Auth.Authorizers." + name.text);
      Authorizer authorizer;
      authorizer.api_id = id;
      authorizer.name = name;
      authorizer.user_pool_arn = given["UserPoolArn"];
      authorizer.function_arn = given["FunctionArn"];
      authorizer.identity = given["Identity"];
      authorizer.payload_type = given["FunctionPayloadType"];
      authorizer.invoke_role = given["FunctionInvokeRole"];
      if (!given["AuthorizationScopes"].isNull()) authorizer.scopes = given["AuthorizationScopes"];
      authorizer.no_default_permissions = given["DisableFunctionDefaultPermissions"];
      authorizer.check();
      found.emplace_back(name, authorizer);
      order.set(name, true);
    }
  }
  Authorizers ordered;
  for (const auto& [name, unused] : order.members()) {
    for (auto at = found.rbegin(); at != found.rend(); ++at) {
      if (at->first.text != name.text) continue;
      ordered.push_back(*at);
      break;
    }
  }
  return ordered;
}

Value addApiAuth(Context& context, const Macro& macro, const Value& definition) {
  const Value auth = macro["Auth"];
  const std::string& id = macro.logical_id.text;
  if (!auth.truthy()) return definition;
  if (!definition.truthy()) {
    failResource(id, "Auth works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  static constexpr std::array<std::string_view, 8> kMembers = {"Authorizers",
                                                               "DefaultAuthorizer",
                                                               "InvokeRole",
                                                               "AddDefaultAuthorizerToCorsPreflight",
                                                               "AddApiKeyRequiredToCorsPreflight",
                                                               "ApiKeyRequired",
                                                               "ResourcePolicy",
                                                               "UsagePlan"};
  for (const auto& [name, value] : auth.members()) {
    if (std::find(kMembers.begin(), kMembers.end(), name.text) == kMembers.end()) {
      failResource(id, "Invalid value for 'Auth' property");
    }
  }
  if (!SwaggerEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.");
  }
  const auto unlessFalse = [&](const char* name) { return !auth.has(name) || auth[name].truthy(); };
  SwaggerEditor editor(definition);
  const Value default_name = auth["DefaultAuthorizer"];
  const Authorizers authorizers = readAuthorizers(macro, auth["Authorizers"], default_name);
  if (!authorizers.empty()) {
    editor.addAuthorizers(authorizers, context.partition());
    if (default_name.truthy()) {
      if (!default_name.isText()) failResource(id, "DefaultAuthorizer is not a string.");
      if (findAuthorizer(authorizers, default_name.str()) == nullptr && !default_name.is("AWS_IAM")) {
        failResource(id, "Unable to set DefaultAuthorizer because '" + default_name.str() +
                             "' was not defined in 'Authorizers'.");
      }
      for (const Text& path : editor.pathNames()) {
        editor.setDefaultAuthorizer(path.text, default_name.asText(), authorizers,
                                    unlessFalse("AddDefaultAuthorizerToCorsPreflight"));
      }
    }
  }
  if (auth["ApiKeyRequired"].truthy()) {
    editor.addApiKeyDefinition();
    for (const Text& path : editor.pathNames()) {
      editor.setDefaultApiKey(path.text, unlessFalse("AddApiKeyRequiredToCorsPreflight"));
    }
  }
  if (const Value policy = auth["ResourcePolicy"]; policy.truthy()) {
    requireMap(policy, "ResourcePolicy must be a map (ResourcePolicyStatement).");
    for (const Text& path : editor.pathNames()) editor.addResourcePolicy(policy, path, macro["StageName"]);
    if (policy["CustomStatements"].truthy()) editor.addCustomStatements(policy["CustomStatements"]);
  }
  return toWantedVersion(macro, editor.result());
}

Resources makeAuthorizerPermissions(const Context& context, const Macro& macro) {
  Resources made;
  if (!macro["Auth"].truthy()) return made;
  for (const auto& [name, authorizer] : readAuthorizers(macro, macro["Auth"]["Authorizers"], {})) {
    if (!authorizer.function_arn.truthy() || authorizer.no_default_permissions.truthy()) continue;
    made.push_back(makeResource("AWS::Lambda::Permission", macro.logical_id + name + "AuthorizerPermission",
                                passedThrough(macro.attributes)));
    Resource& permission = *made.back();
    permission.set("Action", "lambda:InvokeFunction");
    permission.set("FunctionName", authorizer.function_arn);
    permission.set("Principal", "apigateway.amazonaws.com");
    permission.set("SourceArn", sub(arnPattern(context.partition(), "execute-api", "${__ApiId__}/authorizers/*"),
                                    Value::map({{"__ApiId__", ref(macro.logical_id)}})));
  }
  return made;
}

}  // namespace thimble::lang::sam
