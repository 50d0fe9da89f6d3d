// Definitions into documents; schemas; routes.
#include "services/apigateway/openapi.h"

#include <gtest/gtest.h>

#include "services/apigateway/json_schema.h"
#include "services/apigateway/patch.h"
#include "services/apigateway/snapshot.h"

namespace thimble::services::apigateway {
namespace {

Json emptyDocument() {
  return Json::object({{"api", Json::object({{"id", "api"}, {"name", "old"}, {"rootResourceId", "root"}})},
                       {"resources", Json::object({{"root", Json::object({{"id", "root"}, {"path", "/"}})}})},
                       {"models", Json::object({{"Empty", Json::object({{"name", "Empty"}})}})}});
}

struct Imported {
  Json document;
  std::string error;
};

Imported import(const std::string& text, const ImportOptions& options = {}, Json document = emptyDocument()) {
  const auto definition = readOpenApi(text);
  if (!definition) return {document, "unreadable"};
  static int next = 0;
  const auto result = importOpenApi(
      *definition, options, [&](std::size_t) { return "id" + std::to_string(next++); }, document);
  return {document, result.ok() ? "" : result.error().message};
}

const Json& resourceAt(const Json& document, const std::string& path) {
  static const Json kNone;
  for (const auto& [id, resource] : document["resources"].asObject()) {
    if (resource.stringAt("path") == path) return resource;
  }
  return kNone;
}

constexpr char kOpenApi3[] = R"(
openapi: 3.0.1
info: {title: Pets, version: "1", description: All pets}
servers:
  - url: https://x.execute-api.eu-west-1.amazonaws.com/{basePath}
    variables: {basePath: {default: /v1/api}}
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-request-validator: body
x-amazon-apigateway-request-validators:
  body: {validateRequestBody: true, validateRequestParameters: false}
x-amazon-apigateway-gateway-responses:
  THROTTLED: {statusCode: 420, responseTemplates: {application/json: slow}}
components:
  schemas:
    Pet: {type: object, properties: {friend: {$ref: '#/components/schemas/Pet'}}}
  parameters:
    Limit: {name: limit, in: query, required: true, schema: {type: integer}}
  x-amazon-apigateway-integrations:
    shared: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, passthroughBehavior: never}
  securitySchemes:
    token:
      type: apiKey
      name: X-Auth
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations
    key: {type: apiKey, name: x-api-key, in: header}
    signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
security:
  - key: []
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getPet
      security: [{token: []}]
      parameters: [{$ref: '#/components/parameters/Limit'}]
      responses:
        200:
          description: ok
          headers: {X-A: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/shared'}
    post:
      security: [{signed: []}]
      requestBody: {content: {application/json: {schema: {type: array}}}}
      x-amazon-apigateway-integration:
        type: HTTP_PROXY
        httpMethod: post
        uri: https://example.com
        timeoutInMillis: 1000
    x-amazon-apigateway-any-method: {}
)";

TEST(OpenApi, ImportsVersion3) {
  const Imported imported = import(kOpenApi3);
  ASSERT_EQ(imported.error, "");
  const Json& document = imported.document;
  EXPECT_EQ(document["api"]["name"], Json("Pets"));
  EXPECT_EQ(document["api"]["description"], Json("All pets"));
  EXPECT_EQ(document["api"]["binaryMediaTypes"], Json::array({"image/png"}));
  EXPECT_EQ(document["api"]["apiKeySource"], Json("AUTHORIZER"));
  EXPECT_EQ(document["gatewayResponses"]["THROTTLED"]["statusCode"], Json("420"));
  EXPECT_NE(
      document["models"]["Pet"].stringAt("schema").find("https://apigateway.amazonaws.com/restapis/api/models/Pet"),
      std::string::npos);
  EXPECT_TRUE(document["models"].contains("Empty"));
  EXPECT_EQ(document["resources"].size(), 3u);

  const Json& methods = resourceAt(document, "/pets/{id}")["resourceMethods"];
  const Json& get = methods["GET"];
  EXPECT_EQ(get["authorizationType"], Json("CUSTOM"));
  EXPECT_EQ(document["authorizers"][get.stringAt("authorizerId")]["identitySource"],
            Json("method.request.header.X-Auth"));
  EXPECT_EQ(get["apiKeyRequired"], Json(false));
  EXPECT_EQ(get["operationName"], Json("getPet"));
  EXPECT_EQ(get["requestParameters"],
            Json::object({{"method.request.path.id", true}, {"method.request.querystring.limit", true}}));
  EXPECT_EQ(document["validators"][get.stringAt("requestValidatorId")]["validateRequestBody"], Json(true));
  EXPECT_EQ(get["methodResponses"]["200"]["responseModels"]["application/json"], Json("Pet"));
  EXPECT_EQ(get["methodResponses"]["200"]["responseParameters"], Json::object({{"method.response.header.X-A", false}}));
  EXPECT_EQ(get["methodIntegration"]["type"], Json("MOCK"));
  EXPECT_EQ(get["methodIntegration"]["passthroughBehavior"], Json("NEVER"));

  const Json& post = methods["POST"];
  EXPECT_EQ(post["authorizationType"], Json("AWS_IAM"));
  EXPECT_EQ(post["methodIntegration"]["httpMethod"], Json("POST"));
  EXPECT_EQ(post["methodIntegration"]["timeoutInMillis"], Json(1000));
  EXPECT_TRUE(document["models"].contains(post["requestModels"].stringAt("application/json")));
  EXPECT_EQ(methods["ANY"]["apiKeyRequired"], Json(true));
}

TEST(OpenApi, BasePathAndModes) {
  EXPECT_FALSE(
      resourceAt(import(kOpenApi3, {ImportOptions::BasePath::Prepend, true}).document, "/v1/api/pets/{id}").isNull());
  EXPECT_FALSE(
      resourceAt(import(kOpenApi3, {ImportOptions::BasePath::Split, true}).document, "/api/pets/{id}").isNull());
  const Json first = import(R"({"swagger": "2.0", "paths": {"/a": {"get": {}}, "/b": {"get": {}}}})").document;
  const std::string second = R"({"swagger": "2.0", "paths": {"/b": {"post": {}}, "/c": {}}})";
  const Json merged = import(second, {ImportOptions::BasePath::Ignore, false}, first).document;
  EXPECT_EQ(merged["resources"].size(), 4u);
  EXPECT_EQ(resourceAt(merged, "/b")["resourceMethods"].size(), 2u);
  const Json overwritten = import(second, {}, first).document;
  EXPECT_EQ(overwritten["resources"].size(), 3u);
}

TEST(OpenApi, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "x", "{", "a: b", "{}", R"({"swagger": "2.0", "paths": []})"}) {
    EXPECT_NE(import(text).error, "") << text;
  }
  EXPECT_EQ(import(R"({"swagger": "2.0", "paths": {"/a": {"get": {"x-amazon-apigateway-integration":
                     {"type": "http", "uri": "http://x"}}}}})")
                .error,
            "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/a': Enumeration "
            "value for HttpMethod must be non-empty");
  std::string many = R"({"swagger": "2.0", "paths": {)";
  for (int i = 0; i < 400; ++i) many += (i ? "," : "") + ("\"/p" + std::to_string(i)) + "\": {}";
  EXPECT_NE(import(many + "}}").error, "");
}

TEST(JsonSchema, Draft4) {
  struct Case {
    const char* schema;
    const char* value;
    bool matches;
  };
  const Case cases[] = {
      {"{}", "1", true},
      {R"({"type": "integer"})", "1.0", true},
      {R"({"type": "integer"})", "1.5", false},
      {R"({"type": ["string", "null"]})", "null", true},
      {R"({"enum": ["a", 1]})", "1", true},
      {R"({"enum": ["a", 1]})", "true", false},
      {R"({"minimum": 1, "exclusiveMinimum": true})", "1", false},
      {R"({"maximum": 1})", "1", true},
      {R"({"multipleOf": 0.1})", "0.3", true},
      {R"({"minLength": 2, "maxLength": 2})", "\"éé\"", true},
      {R"({"pattern": "^a+$"})", "\"aab\"", false},
      {R"({"items": {"type": "number"}, "minItems": 1})", "[1, \"a\"]", false},
      {R"({"items": [{"type": "number"}], "additionalItems": false})", "[1, 2]", false},
      {R"({"uniqueItems": true})", "[1, 2, 1]", false},
      {R"({"required": ["a"]})", "{}", false},
      {R"({"properties": {"a": {"type": "string"}}, "additionalProperties": false})", R"({"a": "x", "b": 1})", false},
      {R"({"patternProperties": {"^x": {"type": "number"}}, "additionalProperties": false})", R"({"xa": 1})", true},
      {R"({"allOf": [{"type": "number"}, {"minimum": 2}]})", "1", false},
      {R"({"anyOf": [{"type": "string"}, {"minimum": 2}]})", "3", true},
      {R"({"oneOf": [{"type": "number"}, {"minimum": 2}]})", "3", false},
      {R"({"not": {"type": "number"}})", "3", false},
      {R"({"definitions": {"x": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/x"}}})", R"({"a": 1})",
       false},
      {R"({"$ref": "https://apigateway.amazonaws.com/restapis/a/models/N"})", "1", true},
      {R"({"$ref": "nowhere"})", "1", false},
      {R"({"$ref": "#"})", "1", false},
  };
  const Json number = Json::object({{"type", "number"}});
  const SchemaLookup lookup = [&](std::string_view reference) {
    return reference.ends_with("/models/N") ? &number : nullptr;
  };
  for (const Case& each : cases) {
    EXPECT_EQ(matchesSchema(Json::parse(each.value).value(), Json::parse(each.schema).value(), lookup), each.matches)
        << each.schema << " " << each.value;
  }
}

TEST(RouteTree, PrefersLiteralsThenVariablesThenGreedyOnes) {
  RouteTree tree;
  const char* paths[] = {"/", "/a", "/a/{x}", "/a/b", "/{v}/c", "/{rest+}", "/a/{x}/d/{more+}"};
  for (std::size_t i = 0; i < std::size(paths); ++i) tree.add(paths[i], i);
  auto match = [&](std::string_view path) {
    const auto found = tree.match(path, [](std::size_t) { return true; });
    if (!found) return std::string("none");
    std::string text = paths[found->resource];
    for (const auto& [name, value] : found->parameters) text += " " + name + "=" + value;
    return text;
  };
  EXPECT_EQ(match("/"), "/");
  EXPECT_EQ(match("/a/"), "/a");
  EXPECT_EQ(match("/a/b"), "/a/b");
  EXPECT_EQ(match("/a/c"), "/a/{x} x=c");
  EXPECT_EQ(match("/z/c"), "/{v}/c v=z");
  EXPECT_EQ(match("/a%2Fb/c"), "/{v}/c v=a/b");
  EXPECT_EQ(match("/a/b/c"), "/{rest+} rest=a/b/c");
  EXPECT_EQ(match("/a/1/d/e/f"), "/a/{x}/d/{more+} x=1 more=e/f");
  EXPECT_EQ(match("/x"), "/{rest+} rest=x");
}

TEST(Patch, ChangesMapsListsAndScalars) {
  static constexpr PatchRule kRules[] = {{"/name"},
                                         {"/on", PatchType::Boolean},
                                         {"/map/*", PatchType::Text, kAdd | kReplace | kRemove, "missing"},
                                         {"/list/*", PatchType::ListItem, kAdd | kReplace | kRemove}};
  auto patched = [&](const char* operations) {
    Json entity = Json::parse(R"({"name": "n", "map": {"a/b": "1"}, "list": ["x"]})").value();
    const Json input = Json::object({{"patchOperations", Json::parse(operations).value()}});
    const auto result = applyPatches(entity, input, kRules, PatchStyle::Listed);
    return result.ok() ? entity.write() : result.error().message;
  };
  EXPECT_EQ(
      patched(
          R"([{"op": "replace", "path": "/name", "value": "m"}, {"op": "replace", "path": "/on", "value": "True"}])"),
      R"({"name":"m","map":{"a/b":"1"},"list":["x"],"on":true})");
  EXPECT_EQ(patched(R"([{"op": "remove", "path": "/map/a~1b"}, {"op": "remove", "path": "/list/x"}])"),
            R"({"name":"n"})");
  EXPECT_EQ(patched(R"([{"op": "replace", "path": "/list/x", "value": "y"}, {"op": "add", "path": "/list/z"}])"),
            R"({"name":"n","map":{"a/b":"1"},"list":["y","z"]})");
  EXPECT_EQ(patched(R"([{"op": "remove", "path": "/map/c"}])"), "missing");
  EXPECT_EQ(patched(R"([{"op": "remove", "path": "/name"}])"),
            "Invalid patch path  '/name' specified for op 'remove'. Must be one of: [/map/*, /list/*]");
}

}  // namespace
}  // namespace thimble::services::apigateway
