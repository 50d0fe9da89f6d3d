// AWS::Serverless::Api: the REST API, its deployment and stage.
#include "lang/sam/api.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"__MANAGE_SWAGGER", Is::Boolean},
    {"Name", Is::TextOrMap},
    {"StageName", Is::TextOrMap, Presence::Required},
    {"Tags", Is::Map},
    {"PropagateTags", Is::Boolean},
    {"DefinitionBody", Is::Map},
    {"DefinitionUri", Is::TextOrMap},
    {"MergeDefinitions", Is::Boolean, Presence::Optional, Intrinsics::Refused},
    {"CacheClusterEnabled", Is::Boolean},
    {"CacheClusterSize", Is::Text},
    {"Variables", Is::Map},
    {"EndpointConfiguration", Is::TextOrMap},
    {"MethodSettings", Is::List},
    {"BinaryMediaTypes", Is::List},
    {"MinimumCompressionSize", Is::Integer},
    {"Cors", Is::TextOrMap},
    {"Auth", Is::Map},
    {"GatewayResponses", Is::Map},
    {"AccessLogSetting", Is::Map},
    {"CanarySetting", Is::Map},
    {"TracingEnabled", Is::Boolean},
    {"OpenApiVersion", Is::Text},
    {"Models", Is::Map},
    {"Domain", Is::Map},
    {"FailOnWarnings", Is::Boolean},
    {"Description", Is::Text},
    {"Mode", Is::Text},
    {"DisableExecuteApiEndpoint", Is::Boolean},
    {"ApiKeySourceType", Is::Text},
    {"AlwaysDeploy", Is::Boolean, Presence::Optional, Intrinsics::Refused},
    {"Policy", Is::TextOrMap},
    {"SecurityPolicy", Is::Text},
    {"EndpointAccessMode", Is::Text},
};

void checkDefinition(const Macro& macro) {
  const std::string& id = macro.logical_id.text;
  if (macro["DefinitionUri"].truthy()) {
    if (macro["DefinitionBody"].truthy()) {
      failResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
    }
    if (macro["MergeDefinitions"].truthy()) {
      failResource(id, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
    }
  }
  if (macro["OpenApiVersion"].truthy() && !isSupportedVersion(macro["OpenApiVersion"])) {
    failResource(id, "The OpenApiVersion value must be of the format '3.0.0'.");
  }
}

void setEndpoint(Resource& api, const Value& value) {
  if (!value.isMap() || !value["Type"].truthy()) {
    api.set("EndpointConfiguration", Value::map({{"Types", Value::list({value})}}));
    api.set("Parameters", Value::map({{"endpointConfigurationTypes", value}}));
    return;
  }
  api.set("Parameters", Value::map({{"endpointConfigurationTypes", value["Type"]}}));
  Value endpoint = Value::map({{"Types", Value::list({value["Type"]})}});
  api.set("EndpointConfiguration", endpoint);
  const bool upper = value.has("VPCEndpointIds");
  if (upper && value.has("VpcEndpointIds")) {
    failResource(api.logical_id.text,
                 "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.");
  }
  if (upper || value.has("VpcEndpointIds")) {
    endpoint.set("VpcEndpointIds",
                 value["VPCEndpointIds"].truthy() ? value["VPCEndpointIds"] : value["VpcEndpointIds"]);
  }
  if (value.has("IpAddressType")) endpoint.set("IpAddressType", value["IpAddressType"]);
}

Value addCors(const Macro& macro, const Value& definition) {
  const Value cors = macro["Cors"];
  const std::string& id = macro.logical_id.text;
  if (!cors.truthy()) return definition;
  if (!definition.truthy()) {
    failResource(id, "Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  CorsSettings settings;
  if (cors.isText() || isIntrinsic(cors)) {
    settings.origin = cors;
  } else if (cors.isMap()) {
    static constexpr std::array<std::string_view, 5> kMembers = {"AllowMethods", "AllowHeaders", "AllowOrigin",
                                                                 "MaxAge", "AllowCredentials"};
    for (const auto& [name, value] : cors.members()) {
      if (std::find(kMembers.begin(), kMembers.end(), name.text) == kMembers.end()) {
        failResource(id, "Invalid key '" + name.text + "' for 'Cors' property.");
      }
    }
    settings = {cors.has("AllowOrigin") ? cors["AllowOrigin"] : Value("'*'"), cors["AllowHeaders"],
                cors["AllowMethods"], cors["MaxAge"],
                cors["AllowCredentials"].isBool() && cors["AllowCredentials"].asBool()};
  } else {
    failResource(id, "Invalid value for 'Cors' property");
  }
  if (!SwaggerEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.");
  }
  if (settings.credentials && settings.origin.is("'*'")) {
    failResource(id,
                 "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "
                 "\"'*'\" or not set");
  }
  SwaggerEditor editor(definition);
  std::set<std::string> done;
  for (const Text& path : editor.pathNames()) {
    std::string normal = path.text;
    while (path.text != "/" && normal.ends_with("/")) normal.pop_back();
    if (!done.insert(normal).second) continue;
    try {
      editor.addCors(path, settings);
    } catch (const Fault& fault) {
      failResource(id, fault.message);
    }
  }
  return editor.result();
}

/// {"Headers": {"X": v}} becomes {"gatewayresponse.header.X": v}.
Value responseParameters(const std::string& id, const Value& parameters) {
  Value made = Value::hashedMap();
  for (const auto& [property, prefix] :
       {std::pair{"Headers", "header."}, std::pair{"Paths", "path."}, std::pair{"QueryStrings", "querystring."}}) {
    const Value values = parameters.has(property) ? parameters[property] : Value::map();
    expectMap(values, ofResource(id), std::string("ResponseParameters.") + property);
    for (const auto& [name, value] : values.members()) {
      made.set(Text("gatewayresponse." + std::string(prefix) + name.text, name.marked), value);
    }
  }
  return made;
}

Value gatewayResponse(const std::string& id, const std::string& type, const Value& response) {
  expectMap(response, ofResource(id), "GatewayResponses." + type);
  const Value parameters = response["ResponseParameters"];
  if (parameters.truthy()) {
    expectMap(parameters, ofResource(id), "GatewayResponses." + type + ".ResponseParameters");
    for (const auto& [name, value] : parameters.members()) {
      if (name.text != "Headers" && name.text != "Paths" && name.text != "QueryStrings") {
        failResource(id, "Invalid gateway response parameter '" + name.text + "'");
      }
    }
  }
  const Value status = response["StatusCode"];
  const std::string status_text = pythonString(status);
  if (status.truthy() && (status_text.size() > 3 || !std::all_of(status_text.begin(), status_text.end(),
                                                                 [](unsigned char c) { return std::isdigit(c); }))) {
    failResource(id, "Property 'StatusCode' must be numeric");
  }
  Value made = Value::hashedMap();
  made.set("responseParameters", responseParameters(id, parameters));
  made.set("responseTemplates",
           response["ResponseTemplates"].truthy() ? response["ResponseTemplates"] : Value::hashedMap());
  if (!status.isNull() && !status_text.empty()) made.set("statusCode", status_text);
  return made;
}

Value addGatewayResponses(const Macro& macro, const Value& definition) {
  const Value responses = macro["GatewayResponses"];
  const std::string& id = macro.logical_id.text;
  if (!responses.truthy()) return definition;
  if (!definition.truthy()) {
    failResource(id, "GatewayResponses works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  for (const auto& [type, response] : responses.members()) {
    if (isIntrinsic(response)) {
      failResource(
          id, "Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.");
    }
    if (!response.isMap()) {
      failResource(id, "Invalid property type '" + std::string(pythonTypeName(response)) +
                           "' for GatewayResponses. Expected an object of type 'GatewayResponse'.");
    }
    for (const auto& [name, value] : response.members()) {
      if (name.text != "ResponseParameters" && name.text != "ResponseTemplates" && name.text != "StatusCode") {
        failResource(id, "Invalid property '" + name.text + "' in 'GatewayResponses' property '" + type.text + "'.");
      }
    }
  }
  if (!SwaggerEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.");
  }
  SwaggerEditor editor(definition);
  std::vector<Value::Member> made;
  Value in_order = Value::hashedMap();
  for (const auto& [type, response] : responses.members()) in_order.set(type, gatewayResponse(id, type.text, response));
  for (const auto& [type, response] : in_order.members()) editor.addGatewayResponse(type, response);
  return editor.result();
}

Value addModels(const Macro& macro, const Value& definition) {
  const Value models = macro["Models"];
  const std::string& id = macro.logical_id.text;
  if (!models.truthy()) return definition;
  if (!definition.truthy()) {
    failResource(id, "Models works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  if (!SwaggerEditor::isValid(definition)) {
    failResource(
        id, "Unable to add Models definitions because 'DefinitionBody' does not contain a valid Swagger definition.");
  }
  for (const auto& [name, model] : models.members()) {
    if (!model.isMap()) failResource(id, "Invalid value for 'Models' property");
  }
  SwaggerEditor editor(definition);
  editor.addModels(models);
  return toWantedVersion(macro, editor.result());
}

Value finishDefinition(Context& context, const Macro& macro) {
  Value definition = macro["DefinitionBody"];
  definition = addCors(macro, definition);
  definition = addApiAuth(context, macro, definition);
  definition = addGatewayResponses(macro, definition);
  if (macro["BinaryMediaTypes"].truthy() && definition.truthy()) {
    SwaggerEditor editor(definition);
    editor.addBinaryMediaTypes(macro["BinaryMediaTypes"]);
    definition = editor.result();
  }
  definition = addModels(macro, definition);
  if (!macro["DisableExecuteApiEndpoint"].isNull()) {
    if (!definition.truthy()) {
      failResource(macro.logical_id.text, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
    }
    SwaggerEditor editor(definition);
    editor.setDisableEndpoint(macro["DisableExecuteApiEndpoint"]);
    definition = editor.result();
  }
  return definition;
}

ResourcePointer makeRestApi(Context& context, const Macro& macro) {
  checkDefinition(macro);
  ResourcePointer api = makeResource("AWS::ApiGateway::RestApi", macro.logical_id, macro.attributes);
  api->depends_on = macro.depends_on;
  api->set("BinaryMediaTypes", macro["BinaryMediaTypes"]);
  api->set("MinimumCompressionSize", macro["MinimumCompressionSize"]);
  const std::string& partition = context.partition();
  if (macro["EndpointConfiguration"].truthy()) {
    setEndpoint(*api, macro["EndpointConfiguration"]);
  } else if (partition != "aws") {
    setEndpoint(*api, "REGIONAL");  // Edge endpoints exist in the aws partition only.
  }
  const Value definition = finishDefinition(context, macro);
  if (macro["DefinitionUri"].truthy()) {
    api->set("BodyS3Location", s3Location(macro["DefinitionUri"], macro.logical_id.text, "DefinitionUri"));
  } else if (definition.truthy()) {
    api->set("Body", toWantedVersion(macro, definition));
  }
  for (const char* name : {"FailOnWarnings", "Name", "Description", "Mode", "ApiKeySourceType", "Policy",
                           "SecurityPolicy", "EndpointAccessMode"}) {
    if (macro[name].truthy()) api->set(name, macro[name]);
  }
  return api;
}

/// The deployment's id changes whenever the definition does, so that CloudFormation makes a new deployment.
void deployDefinition(Context& context, const Macro& macro, const Value& definition, Resource& deployment) {
  if (!definition.truthy()) return;
  std::string data = markedPythonString(definition);
  if (macro["OpenApiVersion"].truthy()) data += "||" + pythonString(macro["OpenApiVersion"]);
  if (macro["Domain"].truthy()) data += "||" + spacedJson(macro["Domain"]);
  const auto names = context.function_names.find(macro.logical_id.text);
  if (names != context.function_names.end() && !names->second.empty()) data += "||" + names->second;
  if (macro["AlwaysDeploy"].truthy()) data = std::to_string(context.input.now_seconds);
  deployment.logical_id = hashedId(deployment.logical_id, data);
  deployment.set("Description", "RestApi deployment id: " + base::encodeHex(base::sha1(data)));
}

ResourcePointer makeStage(const Macro& macro, const Resource& deployment) {
  const Value name = macro["StageName"];
  const std::string suffix = name.isText() ? name.str() : "";
  const bool plain =
      !suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](unsigned char c) { return std::isalnum(c); });
  ResourcePointer stage =
      makeResource("AWS::ApiGateway::Stage",
                   plain ? macro.logical_id + suffix + "Stage" : hashedId(macro.logical_id + "Stage", suffix),
                   passedThrough(macro.attributes));
  stage->set("RestApiId", ref(macro.logical_id));
  stage->set("DeploymentId", ref(deployment.logical_id));
  for (const char* property : {"StageName", "CacheClusterEnabled", "CacheClusterSize", "Variables", "MethodSettings",
                               "AccessLogSetting", "CanarySetting", "TracingEnabled"}) {
    stage->set(property, macro[property]);
  }
  if (!macro["Tags"].isNull()) stage->set("Tags", tagList(macro["Tags"]));
  return stage;
}

}  // namespace

const PropertyRules kApiRules = kRules;

Resources expandApi(Context& context, Macro& macro) {
  for (const char* name : {"BinaryMediaTypes", "Domain", "Auth"}) {
    if (macro.properties.has(name)) macro.properties.set(name, context.resolve(macro[name]));
  }
  ResourcePointer api = makeRestApi(context, macro);
  const Resources domain = makeApiDomain(context, macro);
  ResourcePointer deployment =
      makeResource("AWS::ApiGateway::Deployment", macro.logical_id + "Deployment", passedThrough(macro.attributes));
  deployment->set("RestApiId", ref(macro.logical_id));
  if (!macro["OpenApiVersion"].truthy()) deployment->set("StageName", "Stage");
  deployDefinition(context, macro, (*api)["Body"].isNull() ? (*api)["BodyS3Location"] : (*api)["Body"], *deployment);
  ResourcePointer stage = makeStage(macro, *deployment);

  Resources made{api, deployment, stage};
  const auto add = [&](const Resources& more) { made.insert(made.end(), more.begin(), more.end()); };
  add(makeAuthorizerPermissions(context, macro));
  add(domain);
  if (macro["Auth"].truthy()) {
    add(makeUsagePlan(context.shared_usage_plan, macro, macro["Auth"]["UsagePlan"], *stage, context.conditions()));
  }
  propagateTags(made, macro["Tags"], macro["PropagateTags"]);
  return made;
}

}  // namespace thimble::lang::sam
