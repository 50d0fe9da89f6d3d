#include "lang/sam/swagger_editor.h"

#include <algorithm>
#include <set>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kSecurity = "securityDefinitions";
constexpr const char* kResponses = "x-amazon-apigateway-gateway-responses";
constexpr const char* kPolicy = "x-amazon-apigateway-policy";
constexpr const char* kEndpoint = "x-amazon-apigateway-endpoint-configuration";

Value orEmpty(const Value& value) {
  return value.truthy() ? value : Value::hashedMap();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace

SwaggerEditor::SwaggerEditor(const Value& definition) {
  if (!isValid(definition)) {
    failDocument("Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.");
  }
  document_ = definition.deepCopy();
  paths_ = document_["paths"];
  security_ = orEmpty(document_[kSecurity]);
  responses_ = orEmpty(document_[kResponses]);
  policy_ = orEmpty(document_[kPolicy]);
  models_ = document_.has("definitions") ? document_["definitions"] : Value::hashedMap();
  for (const auto& [path, item] : paths_.members()) {
    for (const Value& branch : branches(item)) requirePathItem(branch, path.text);
  }
}

bool SwaggerEditor::isValid(const Value& definition) {
  if (!definition["paths"].isMap()) return false;
  if (definition["swagger"].truthy()) return true;
  return definition["openapi"].truthy() && isOpenApi3(definition["openapi"]);
}

Value SwaggerEditor::skeleton() {
  Value made = Value::hashedMap();
  made.set("swagger", "2.0");
  made.set("info", Value::hashedMap({{"version", "1.0"}, {"title", ref("AWS::StackName")}}));
  made.set("paths", Value::hashedMap());
  return made;
}

Value SwaggerEditor::result() const {
  if (security_.truthy()) document_.set(kSecurity, security_);
  if (responses_.truthy()) document_.set(kResponses, responses_);
  if (models_.truthy()) document_.set("definitions", models_);
  return document_.deepCopy();
}

void SwaggerEditor::addLambdaIntegration(const Text& path, const Text& method, const LambdaIntegration& integration) {
  const Text name = normalMethod(method);
  if (hasIntegration(path.text, name)) {
    failDocument("Lambda integration already exists on Path=" + path.text + ", Method=" + name.text);
  }
  addPath(path, name);
  const bool is_conditional = integration.condition.truthy();
  const Value uri = is_conditional ? conditional(integration.condition, integration.uri) : integration.uri;
  const auto role = [](const Value& auth) -> Value {
    const Value given = auth["InvokeRole"];
    return !given.truthy() && auth.has("InvokeRole") ? Value("NONE") : given;
  };
  for (const Value& item : branches(paths_[path.text])) {
    requirePathItem(item, path.text);
    const Value definition = item[name.text];
    Value made = Value::hashedMap();
    definition.set(kIntegration, made);
    made.set("type", "aws_proxy");
    made.set("httpMethod", "POST");
    made.set("uri", uri);
    if (integration.streams) made.set("responseTransferMode", "STREAM");
    if (integration.event_auth["Authorizer"].is("AWS_IAM") ||
        (integration.api_auth["DefaultAuthorizer"].is("AWS_IAM") && !integration.event_auth.truthy())) {
      const Value own = role(integration.event_auth);
      const Value chosen = own.truthy() ? own : role(integration.api_auth);
      const Value credentials = chosen.truthy() && !chosen.is("CALLER_CREDENTIALS")
                                    ? chosen
                                    : Value("arn:" + integration.partition + ":iam::*:user/*");
      if (!credentials.is("NONE")) made.set("credentials", credentials);
    }
    definition.setDefault("responses", Value::hashedMap());
    if (is_conditional) item.set(name, conditional(integration.condition, definition));
  }
}

void SwaggerEditor::addStateMachineIntegration(const Text& path, const Text& method, const Value& uri,
                                               const Value& credentials, const Value& request_templates,
                                               const Value& condition) {
  const Text name = normalMethod(method);
  if (hasIntegration(path.text, name)) {
    failDocument("Integration already exists on Path=" + path.text + ", Method=" + name.text);
  }
  addPath(path, name);
  for (const Value& item : branches(paths_[path.text])) {
    requirePathItem(item, path.text);
    const Value definition = item[name.text];
    Value made = Value::hashedMap();
    definition.set(kIntegration, made);
    made.set("type", "aws");
    made.set("httpMethod", "POST");
    made.set("uri", condition.truthy() ? conditional(condition, uri) : uri);
    made.set("responses", Value::hashedMap({{"200", Value::hashedMap({{"statusCode", "200"}})},
                                            {"400", Value::hashedMap({{"statusCode", "400"}})}}));
    made.set("credentials", credentials);
    definition.setDefault("responses", Value::hashedMap({{"200", Value::hashedMap({{"description", "OK"}})},
                                                         {"400", Value::hashedMap({{"description", "Bad Request"}})}}));
    if (request_templates.truthy()) made.update(Value::map({{"requestTemplates", request_templates}}));
    if (condition.truthy()) item.set(name, conditional(condition, definition));
  }
}

void SwaggerEditor::addCors(const Text& path, const CorsSettings& cors) {
  Value methods = cors.methods;
  for (const Value& item : branches(paths_[path.text])) {
    requirePathItem(item, path.text);
    if (item.has("options")) continue;
    if (!cors.origin.truthy()) failTemplate("Invalid input. Value for AllowedOrigins is required");
    if (!methods.truthy()) {
      std::set<std::string> allowed;
      if (item.has(kAnyMethod)) {
        allowed = {"OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"};
      } else {
        for (const auto& [name, definition] : item.members()) allowed.insert(upper(name.text));
        allowed.insert("OPTIONS");
      }
      std::string joined;
      for (const std::string& name : allowed) joined += (joined.empty() ? "" : ",") + name;
      methods = "'" + joined + "'";
    }
    item.set("options", optionsMethod(cors, methods));
  }
}

Value SwaggerEditor::optionsMethod(const CorsSettings& cors, const Value& methods) const {
  Value parameters = Value::hashedMap();
  Value headers = Value::hashedMap();
  const auto add = [&](const std::string& header, const Value& value, const char* type) {
    parameters.set("method.response.header." + header, value);
    headers.set(header, Value::map({{"type", type}}));
  };
  add("Access-Control-Allow-Origin", cors.origin, "string");
  if (cors.headers.truthy()) add("Access-Control-Allow-Headers", cors.headers, "string");
  if (methods.truthy()) add("Access-Control-Allow-Methods", methods, "string");
  if (!cors.max_age.isNull()) add("Access-Control-Max-Age", cors.max_age, "integer");
  if (cors.credentials) add("Access-Control-Allow-Credentials", "'true'", "string");

  Value integration = Value::hashedMap();
  integration.set("type", "mock");
  integration.set("requestTemplates", Value::map({{"application/json", "{\n  \"statusCode\" : 200\n}\n"}}));
  Value response = Value::hashedMap();
  response.set("statusCode", "200");
  response.set("responseParameters", parameters);
  response.set("responseTemplates", Value::map({{"application/json", "{}\n"}}));
  integration.set("responses", Value::hashedMap({{"default", response}}));

  Value made = Value::hashedMap();
  made.set("summary", "CORS support");
  made.set("consumes", Value::list({"application/json"}));
  made.set("produces", Value::list({"application/json"}));
  made.set(kIntegration, integration);
  Value ok = Value::hashedMap();
  ok.set("description", "Default response for CORS method");
  ok.set("headers", headers);
  made.set("responses", Value::hashedMap({{"200", ok}}));
  return made;
}

void SwaggerEditor::addBinaryMediaTypes(const Value& types) {
  // "/" is written as "~1" in the template.
  const auto unescape = [](const Text& text) {
    std::string out = text.text;
    for (std::size_t at; (at = out.find("~1")) != std::string::npos;) out.replace(at, 2, "/");
    return Text(out, true);
  };
  const std::function<Value(const Value&)> convert = [&](const Value& value) -> Value {
    if (value.isText()) return unescape(value.asText());
    if (value.isList()) {
      Value list = Value::list();
      for (const Value& item : value.items()) list.push(convert(item));
      return list;
    }
    if (!value.isMap()) return value;
    Value map = Value::hashedMap();
    for (const auto& [name, member] : value.members()) map.set(unescape(name), convert(member));
    return map;
  };
  document_.set("x-amazon-apigateway-binary-media-types", convert(types));
}

void SwaggerEditor::setDisableEndpoint(const Value& disable) {
  const auto setOn = [&](const Value& config, const std::string& where) {
    const auto fail = [&](const char* detail) {
      failDocument("Invalid OpenAPI definition" + where + ": " + detail + ".");
    };
    if (!config.isMap()) fail("It should be a map");
    const Value endpoint = config.setDefault(kEndpoint, Value::map());
    if (!endpoint.isMap()) fail("The value of 'x-amazon-apigateway-endpoint-configuration' should be a map");
    endpoint.set("disableExecuteApiEndpoint", disable);
  };
  if (!document_["openapi"].truthy() || !isOpenApi3(document_["openapi"])) {
    setOn(document_, "");
    return;
  }
  const Value servers = document_.has("servers") ? document_["servers"] : Value::list({Value::hashedMap()});
  for (std::size_t i = 0; i < servers.size(); ++i) {
    setOn(servers.items()[i], " of 'servers[" + std::to_string(i) + "]'");
  }
  document_.set("servers", servers);
}

void SwaggerEditor::addGatewayResponse(const Text& type, const Value& response) {
  responses_.set(type, response);
}

void SwaggerEditor::addModels(const Value& models) {
  models_ = orEmpty(models_);
  for (const auto& [name, schema] : models.members()) {
    if (!schema["type"].truthy()) failDocument("'Models' schema is missing 'type'.");
    Text lower = name;
    std::transform(lower.text.begin(), lower.text.end(), lower.text.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    models_.set(lower, schema);
  }
}

void SwaggerEditor::addRequestModel(const std::string& path, const Text& method, const Value& model) {
  std::string name = model["Model"].str();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const Value required = model["Required"];
  eachDefinition(path, method, [&](const Value& definition) {
    if (!document_["swagger"].isNull()) {
      const Value parameters = definition.has("parameters") ? definition["parameters"] : Value::list();
      Value parameter = Value::hashedMap();
      parameter.set("in", "body");
      parameter.set("name", Text(name, model["Model"].asText().marked));
      parameter.set("schema", Value::map({{"$ref", "#/definitions/" + name}}));
      if (!required.isNull()) parameter.set("required", required);
      parameters.push(parameter);
      definition.set("parameters", parameters);
    } else if (isOpenApi3(document_["openapi"])) {
      Value schema = Value::map({{"schema", Value::map({{"$ref", "#/components/schemas/" + name}})}});
      Value body = Value::map({{"content", Value::map({{"application/json", schema}})}});
      if (!required.isNull()) body.set("required", required);
      definition.set("requestBody", body);
    }
  });
}

void SwaggerEditor::addRequestValidator(const std::string& path, const Text& method, bool body, bool parameters) {
  const char* name = body && parameters ? "body-and-params"
                     : body             ? "body-only"
                     : parameters       ? "params-only"
                                        : "no-validation";
  constexpr const char* kValidators = "x-amazon-apigateway-request-validators";
  if (!document_[kValidators].truthy()) document_.set(kValidators, Value::hashedMap());
  const Value validators = document_[kValidators];
  if (!validators[name].truthy()) {
    validators.update(Value::hashedMap(
        {{name, Value::hashedMap({{"validateRequestBody", body}, {"validateRequestParameters", parameters}})}}));
  }
  eachDefinition(path, method, [&](const Value& definition) {
    definition.update(Value::hashedMap({{"x-amazon-apigateway-request-validator", name}}));
  });
}

void SwaggerEditor::addRequestParameters(const std::string& path, const Text& method,
                                         const std::vector<Value>& parameters) {
  eachDefinition(path, method, [&](const Value& definition) {
    const Value existing = definition.has("parameters") ? definition["parameters"] : Value::list();
    for (const Value& given : parameters) {
      const Text full_name = given["Name"].asText();
      const std::string rest = full_name.text.substr(std::string_view("method.request.").size());
      const std::size_t dot = rest.find('.');
      const std::string location = rest.substr(0, dot);
      Value parameter = Value::hashedMap();
      parameter.set("in", location == "querystring" ? Text("query") : Text(location, full_name.marked));
      parameter.set("name", Text(rest.substr(dot + 1), full_name.marked));
      parameter.set("required", given["Required"]);
      parameter.set("type", "string");
      existing.push(parameter);
      if (given["Caching"].truthy()) {
        const Value integration = definition[kIntegration];
        const Value cached = integration.has("cacheKeyParameters") ? integration["cacheKeyParameters"] : Value::list();
        cached.push(full_name);
        integration.set("cacheKeyParameters", cached);
      }
    }
    definition.set("parameters", existing);
  });
}

}  // namespace thimble::lang::sam
