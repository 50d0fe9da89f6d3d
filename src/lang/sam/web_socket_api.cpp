// AWS::Serverless::WebSocketApi: the API with a route, integration and permission per route, its stage and authorizer.
#include <algorithm>
#include <cctype>

#include "lang/sam/api_v2.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"ApiKeySelectionExpression", Is::Text},
    {"AccessLogSettings", Is::Map},
    {"Auth", Is::Map},
    {"DefaultRouteSettings", Is::Map},
    {"Description", Is::Text},
    {"DisableExecuteApiEndpoint", Is::Boolean},
    {"Domain", Is::Map},
    {"DisableSchemaValidation", Is::Boolean},
    {"FailOnWarnings", Is::Boolean},
    {"IpAddressType", Is::Text},
    {"Name", Is::Text},
    {"PropagateTags", Is::Boolean},
    {"Routes", Is::Map, Presence::Required},
    {"RouteSettings", Is::Map},
    {"RouteSelectionExpression", Is::Text, Presence::Required},
    {"StageName", Is::TextOrMap},
    {"StageVariables", Is::Map},
    {"Tags", Is::Map},
};

constexpr const char* kCreatedBy = "websocketapi:createdBy";
constexpr const char* kInvoke = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/";

Value stageName(const Macro& macro) {
  return macro["StageName"].isNull() ? Value("default") : macro["StageName"];
}

void checkAuth(const Macro& macro, const Value& auth) {
  const std::string& id = macro.logical_id.text;
  const Value type = auth["AuthType"];
  if (!type.truthy()) failResource(id, "AuthType must be specified for additional auth configurations.");
  std::string upper = type.str();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper != "NONE" && upper != "AWS_IAM" && upper != "CUSTOM") {
    failResource(id, "AuthType is not one of AWS_IAM, CUSTOM or NONE.");
  }
  if (upper == "CUSTOM" && !auth["AuthArn"].truthy())
    failResource(id, "AuthArn must be specified if AuthType is CUSTOM.");
  if (upper != "CUSTOM" && auth.size() > 1) {
    failResource(id, "No additional configurations supported for AuthType " + upper + ".");
  }
}

ResourcePointer makeApi(Macro& macro) {
  ResourcePointer api = makeResource("AWS::ApiGatewayV2::Api", macro.logical_id);
  api->depends_on = macro.depends_on;
  for (const char* name : {"ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint",
                           "DisableSchemaValidation", "IpAddressType", "RouteSelectionExpression"}) {
    api->set(name, macro[name]);
  }
  if (macro["Auth"].truthy() && !macro["Routes"].has("$connect")) {
    failResource(macro.logical_id.text, "Authorization is only available if there is a $connect route.");
  }
  api->set("Name", macro["Name"].isNull() ? Value(macro.logical_id) : macro["Name"]);
  const Value tags = macro["Tags"].truthy() ? macro["Tags"] : Value::map();
  tags.set(kCreatedBy, "SAM");
  api->set("Tags", tags);
  api->set("ProtocolType", "WEBSOCKET");
  return api;
}

/// The route's part of logical ids: "$connect" gives "Connect".
std::string idPart(const Macro& macro, const std::string& route) {
  std::string part = route;
  if (route == "$connect" || route == "$disconnect" || route == "$default") part = route.substr(1);
  if (part.empty() || !std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isalnum(c); })) {
    failResource(macro.logical_id.text, "Route key '" + route +
                                            "' must be alphanumeric. Only $connect, $disconnect, and "
                                            "$default special routes are supported.");
  }
  for (char& c : part) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
  return part;
}

ResourcePointer makeAuthorizer(const Macro& macro, const Value& auth) {
  const Text id = macro.logical_id + "ConnectAuthorizer";
  ResourcePointer authorizer = makeResource("AWS::ApiGatewayV2::Authorizer", id);
  authorizer->set("ApiId", ref(macro.logical_id));
  authorizer->set("AuthorizerCredentialsArn", auth["InvokeRole"]);
  authorizer->set("AuthorizerType", "REQUEST");
  if (auth.has("AuthArn")) {
    authorizer->set("AuthorizerUri",
                    sub(std::string(kInvoke) + "${AuthArn}/invocations", Value::map({{"AuthArn", auth["AuthArn"]}})));
  }
  authorizer->set("IdentitySource", auth["IdentitySource"]);
  authorizer->set("Name", auth["Name"].truthy() ? auth["Name"] : Value(id));
  return authorizer;
}

ResourcePointer makePermission(const Macro& macro, const std::string& route, const Text& id, const Value& function) {
  ResourcePointer permission = makeResource("AWS::Lambda::Permission", id);
  permission->set("Action", "lambda:InvokeFunction");
  permission->set("FunctionName", function);
  permission->set("Principal", "apigateway.amazonaws.com");
  const std::string prefix =
      "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${" + macro.logical_id.text + ".ApiId}/";
  const Value stage = stageName(macro);
  permission->set("SourceArn", stage.isText()
                                   ? sub(prefix + stage.str() + "/" + route)
                                   : sub(prefix + "${__StageName__}/" + route, Value::map({{"__StageName__", stage}})));
  return permission;
}

/// Route, integration and permission; then the authorizer, where the route has one.
struct RouteResources {
  Resources resources;
  ResourcePointer authorizer;
};

RouteResources makeRoute(const Macro& macro, const std::string& key, const Value& given) {
  const std::string& id = macro.logical_id.text;
  const Text base = macro.logical_id + idPart(macro, key);
  ResourcePointer route = makeResource("AWS::ApiGatewayV2::Route", base + "Route");
  route->set("RouteKey", key);
  route->set("ApiId", ref(macro.logical_id));
  for (const char* name : {"ApiKeyRequired", "ModelSelectionExpression", "OperationName", "RequestModels",
                           "RouteResponseSelectionExpression"}) {
    route->set(name, given[name]);
  }
  if (given["RequestParameters"].truthy()) {
    if (key != "$connect") {
      failResource(id, "Request parameters are only supported for the $connect route in WebSocket APIs.");
    }
    route->set("RequestParameters", given["RequestParameters"]);
  }
  route->set("Target",
             Value::map({{"Fn::Join", Value::list({"/", Value::list({"integrations", ref(base + "Integration")})})}}));

  RouteResources made;
  if (const Value auth = macro["Auth"]; auth.truthy()) {
    checkAuth(macro, auth);
    if (key == "$connect") {
      const bool custom = auth["AuthType"].is("CUSTOM");
      route->set("AuthorizationType", custom ? "CUSTOM" : auth["AuthType"].is("AWS_IAM") ? "AWS_IAM" : "NONE");
      if (custom) {
        made.authorizer = makeAuthorizer(macro, auth);
        route->set("AuthorizerId", ref(made.authorizer->logical_id));
      }
    }
  }
  if (!given.has("FunctionArn")) failResource(id, "Route must have associated function.");
  ResourcePointer integration = makeResource("AWS::ApiGatewayV2::Integration", base + "Integration");
  integration->set("ApiId", ref(macro.logical_id));
  integration->set("IntegrationType", "AWS_PROXY");
  integration->set("IntegrationUri", sub(std::string(kInvoke) + "${FunctionArn}/invocations",
                                         Value::map({{"FunctionArn", given["FunctionArn"]}})));
  integration->set("TimeoutInMillis", given["IntegrationTimeout"]);
  made.resources = {route, integration, makePermission(macro, key, base + "Permission", given["FunctionArn"])};
  return made;
}

ResourcePointer makeStage(const Macro& macro) {
  const Value name = stageName(macro);
  if (name.is("$default")) failResource(macro.logical_id.text, "Stages cannot be named $default for WebSocket APIs.");
  const std::string part = name.is("default") ? "Default" : name.isText() ? name.str() : "";
  ResourcePointer stage = makeResource("AWS::ApiGatewayV2::Stage", macro.logical_id + part + "Stage");
  stage->set("ApiId", ref(macro.logical_id));
  stage->set("StageName", name);
  for (const char* property : {"StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"}) {
    stage->set(property, macro[property]);
  }
  stage->set("Tags", Value::map({{kCreatedBy, "SAM"}}));
  stage->set("AutoDeploy", true);
  return stage;
}

}  // namespace

const PropertyRules kWebSocketApiRules = kRules;

Resources expandWebSocketApi(Context& context, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  for (const char* name : {"Auth", "Domain", "Routes"}) {
    if (macro.properties.has(name)) macro.properties.set(name, context.resolve(macro[name]));
  }
  if (!macro["Routes"].truthy()) failResource(id, "WebSocket API must have at least one route.");
  const Value address = macro["IpAddressType"];
  if (!address.isNull() && !isIntrinsic(address) && !address.is("ipv4") && !address.is("dualstack")) {
    failResource(id, "IpAddressType must be 'ipv4' or 'dualstack'.");
  }
  if (macro["Domain"]["MutualTlsAuthentication"].truthy()) {
    failResource(id, "Mutual TLS domain name association is not supported for Websocket APIs.");
  }
  // Conditions and policies of the API stay with the stack's other resources: AWS does not pass them on here.
  Macro bare = macro;
  bare.attributes = Value::map();
  Resources made{makeApi(macro)};
  const Resources domain = makeApiV2Domain(context, bare, kCreatedBy);
  ResourcePointer stage = makeStage(macro);
  ResourcePointer authorizer;
  Value routes = Value::list();
  for (const auto& [key, route] : macro["Routes"].members()) {
    RouteResources resources = makeRoute(macro, key.text, route);
    routes.push(resources.resources.front()->logical_id);
    made.insert(made.end(), resources.resources.begin(), resources.resources.end());
    if (resources.authorizer) authorizer = resources.authorizer;
  }
  made.insert(made.end(), domain.begin(), domain.end());
  if (macro["RouteSettings"].truthy()) stage->depends_on = routes;
  made.push_back(stage);
  if (authorizer) {
    made.push_back(authorizer);
    const Value auth = macro["Auth"];
    if (auth["AuthType"].is("CUSTOM") && !auth["InvokeRole"].truthy() && auth["AuthArn"].truthy()) {
      made.push_back(makeApiV2AuthorizerPermission(bare, macro.logical_id + "AuthorizerPermission", auth["AuthArn"]));
    }
  }
  propagateTags(made, macro["Tags"], macro["PropagateTags"]);
  return made;
}

}  // namespace thimble::lang::sam
