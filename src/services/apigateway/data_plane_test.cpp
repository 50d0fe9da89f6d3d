// Requests of deployed APIs, through the control plane, rows, doorway and back; HTTP goes to a receiver in the test.
#include "services/apigateway/data_plane.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dispatch/testing/test_world.h"
#include "services/apigateway/service.h"
#include "services/apigateway/throttle.h"
#include "wire/shapes/sts.h"

namespace thimble::services::apigateway {
namespace {

using base::Json;

class DataPlaneTest : public testing::Test {
 protected:
  DataPlaneTest() {
    registerOperations(world_.registry());
    // A service to integrate with.
    world_.registry().add<shapes::sts::GetCallerIdentity>(
        [this](dispatch::Context& context,
               const shapes::sts::GetCallerIdentity::Input&) -> base::Result<shapes::sts::GetCallerIdentity::Output> {
          if (deny_) return base::ApiError{"AccessDenied", "not you", 403};
          shapes::sts::GetCallerIdentity::Output output;
          output.Arn_ = context.call().identity.arn;
          output.Account_ = context.call().account;
          return output;
        });
    world_.start();
    plane_ = std::make_unique<DataPlane>(
        world_.doorway(),
        [this](wire::http::ClientRequest request, std::function<void(wire::http::ClientResult)> done) {
          sent_ = request;
          done(receive_(std::move(request)));
        },
        nullptr);
  }

  Json call(const std::string& operation, const Json& input) {
    auto outcome = world_.call("apigateway", operation, input);
    EXPECT_TRUE(outcome.ok()) << operation << ": " << (outcome.ok() ? "" : outcome.error().message);
    return outcome.ok() ? outcome->output : Json();
  }

  /// Imports and deploys an API whose paths are given as JSON; its id is api_.
  void deploy(const std::string& paths, const std::string& more = "") {
    const std::string body = R"({"swagger": "2.0", "info": {"title": "t"}, "paths": )" + paths + more + "}";
    api_ = call("ImportRestApi", Json::object({{"body", body}})).stringAt("id");
    call("CreateDeployment",
         Json::object({{"restApiId", api_}, {"stageName", "dev"}, {"variables", Json::object({{"color", "blue"}})}}));
  }

  wire::http::HttpResponse send(const std::string& method, const std::string& target, const std::string& body = "",
                                wire::http::Headers headers = {}) {
    wire::http::HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    if (!request.headers.contains("Host")) request.headers.set("Host", api_ + ".execute-api.us-east-1.localhost:4566");
    request.body = wire::http::Body(body);
    request.peer = "10.1.2.3";
    std::optional<wire::http::HttpResponse> response;
    plane_->handle({api_, "dev", target}, std::move(request),
                   [&](wire::http::HttpResponse answer) { response = std::move(answer); });
    world_.run();
    EXPECT_TRUE(response.has_value());
    return response ? *response : wire::http::HttpResponse();
  }

  dispatch::TestWorld world_;
  std::unique_ptr<DataPlane> plane_;
  std::string api_;
  bool deny_ = false;
  wire::http::ClientRequest sent_;
  std::function<wire::http::ClientResult(wire::http::ClientRequest)> receive_ = [](wire::http::ClientRequest) {
    return wire::http::ClientResult(wire::http::ClientResponse{200, {}, "{}"});
  };
};

constexpr char kMock[] = R"({
  "/pets/{id}": {
    "get": {
      "parameters": [{"name": "id", "in": "path", "required": true}],
      "responses": {"200": {"description": "", "headers": {"X-Id": {"type": "string"}}}},
      "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": "{statusCode: 200}"},
        "responses": {"default": {
          "statusCode": "200",
          "responseParameters": {"method.response.header.X-Id": "method.request.path.id",
                                 "method.response.header.X-Fixed": "'a b'"},
          "responseTemplates": {"application/json": "{\"id\": \"$input.params('id')\", \"c\": \"$stageVariables.color\"}"}}}}}},
  "/all/{rest+}": {
    "x-amazon-apigateway-any-method": {
      "responses": {},
      "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": "#set($context.responseOverride.status = 418){\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {
          "application/json": "$context.httpMethod $context.resourcePath $input.params('rest') $context.identity.sourceIp"}}}}}}
})";

TEST_F(DataPlaneTest, MocksAnswer) {
  deploy(kMock);
  auto response = send("GET", "/pets/a%20b?x=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"id": "a b", "c": "blue"})");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.get("X-Id"), "a b");
  EXPECT_EQ(response.headers.get("X-Fixed"), "a b");
  EXPECT_FALSE(response.headers.get("x-amzn-RequestId").empty());
  response = send("PATCH", "/all/x/y/");
  EXPECT_EQ(response.status, 418);
  EXPECT_EQ(response.body, "PATCH /all/{rest+} x/y 10.1.2.3");
}

TEST_F(DataPlaneTest, AnswersItsOwnErrors) {
  deploy(kMock);
  for (const auto& [method, target] :
       {std::pair("POST", "/pets/1"), std::pair("GET", "/none"), std::pair("GET", "/")}) {
    const auto response = send(method, target);
    EXPECT_EQ(response.status, 403) << target;
    EXPECT_EQ(response.body, R"({"message":"Missing Authentication Token"})");
    EXPECT_EQ(response.headers.get("x-amzn-ErrorType"), "MissingAuthenticationTokenException");
  }
  api_ = "nosuchapi0";
  const auto response = send("GET", "/pets/1");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, R"({"message":"Forbidden"})");
}

TEST_F(DataPlaneTest, CallsServices) {
  deploy(R"json({"/who": {"post": {"responses": {},
    "x-amazon-apigateway-integration": {
      "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sts:action/GetCallerIdentity",
      "credentials": "arn:aws:iam::000000000000:role/r", "passthroughBehavior": "never",
      "requestTemplates": {"application/json": "{\"x\": $input.json('$.x')}"},
      "responses": {
        "default": {"statusCode": "200", "responseTemplates": {"application/json":
          "#set($r = $input.path('$.GetCallerIdentityResponse.GetCallerIdentityResult')){\"account\": \"$r.Account\"}"}},
        "4\\d{2}": {"statusCode": "409", "responseTemplates": {"application/json":
          "$input.json('$.Error.Code')"}}}}}}})json");
  auto response = send("POST", "/who", R"({"x": 1})", {{"Content-Type", "application/json"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"account": "000000000000"})");
  EXPECT_EQ(send("POST", "/who", "<x/>", {{"Content-Type", "text/xml"}}).status, 415);
  response = send("POST", "/who", "no json", {{"Content-Type", "application/json"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("Could not parse request body into json"), std::string::npos);
  deny_ = true;
  response = send("POST", "/who", "{}");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body, "\"AccessDenied\"");
}

TEST_F(DataPlaneTest, AServiceThatWaitsTooLongTimesOut) {
  dispatch::Responder<shapes::sts::AssumeRole::Output> late;
  world_.registry().addAsynchronous<shapes::sts::AssumeRole>(
      [&](std::shared_ptr<dispatch::AsyncContext>, const shapes::sts::AssumeRole::Input&,
          dispatch::Responder<shapes::sts::AssumeRole::Output> responder) { late = std::move(responder); });
  deploy(R"({"/w": {"post": {"responses": {}, "x-amazon-apigateway-integration": {
      "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sts:action/AssumeRole",
      "credentials": "arn:aws:iam::000000000000:role/r", "timeoutInMillis": 500,
      "responses": {"default": {"statusCode": "200"}}}}}})");
  wire::http::HttpRequest request;
  request.method = "POST";
  request.body = wire::http::Body("Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=session");
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  std::optional<wire::http::HttpResponse> response;
  plane_->handle({api_, "dev", "/w"}, std::move(request),
                 [&](wire::http::HttpResponse answer) { response = std::move(answer); });
  world_.runFor(499);
  EXPECT_FALSE(response.has_value());
  world_.runFor(1);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 504);
  EXPECT_EQ(response->body, R"({"message":"Endpoint request timed out"})");
  ASSERT_TRUE(late != nullptr);
  late(dispatch::Reply<shapes::sts::AssumeRole::Output>(shapes::sts::AssumeRole::Output()));
  world_.run();
}

TEST_F(DataPlaneTest, ServicesThatAreNotThereAreConfigurationErrors) {
  deploy(R"({"/x": {"post": {"responses": {},
    "x-amazon-apigateway-integration": {
      "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:quantum:action/Leap",
      "credentials": "arn:aws:iam::000000000000:role/r", "responses": {"default": {"statusCode": "200"}}}}}})");
  const auto response = send("POST", "/x", "{}");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, R"({"message":"Internal server error"})");
  EXPECT_EQ(response.headers.get("x-amzn-ErrorType"), "InternalServerErrorException");
}

TEST_F(DataPlaneTest, ForwardsHttp) {
  deploy(R"({"/p/{proxy+}": {"x-amazon-apigateway-any-method": {
      "parameters": [{"name": "proxy", "in": "path", "required": true}], "responses": {},
      "x-amazon-apigateway-integration": {
        "type": "http_proxy", "httpMethod": "ANY", "uri": "http://example.com/base/{proxy}",
        "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy",
                              "integration.request.header.X-Extra": "stageVariables.color"}}}},
    "/m": {"get": {"responses": {}, "x-amazon-apigateway-integration": {
        "type": "http", "httpMethod": "GET", "uri": "http://example.com/m",
        "requestParameters": {"integration.request.querystring.q": "method.request.querystring.a"},
        "responses": {"default": {"statusCode": "200"}, "5\\d\\d": {"statusCode": "502"}}}}}})");
  receive_ = [](wire::http::ClientRequest) {
    return wire::http::ClientResult(
        wire::http::ClientResponse{201, {{"Content-Type", "text/plain"}, {"Server", "s"}, {"X-A", "1"}}, "made"});
  };
  auto response = send("PUT", "/p/a/b%20c?x=1&x=2", "body", {{"X-B", "2"}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "made");
  EXPECT_EQ(response.headers.get("X-A"), "1");
  EXPECT_EQ(response.headers.get("x-amzn-Remapped-Server"), "s");
  EXPECT_EQ(sent_.method, "PUT");
  EXPECT_EQ(sent_.url, "http://example.com/base/a/b%20c?x=1&x=2");
  EXPECT_EQ(sent_.body, "body");
  EXPECT_EQ(sent_.headers.get("X-B"), "2");
  EXPECT_EQ(sent_.headers.get("X-Extra"), "blue");
  EXPECT_FALSE(sent_.headers.contains("Host"));

  receive_ = [](wire::http::ClientRequest) {
    return wire::http::ClientResult(wire::http::ClientResponse{503, {}, "{}"});
  };
  EXPECT_EQ(send("GET", "/m?a=1").status, 502);
  EXPECT_EQ(sent_.url, "http://example.com/m?q=1");
  receive_ = [](wire::http::ClientRequest) {
    return wire::http::ClientResult(wire::http::ClientError{wire::http::ClientError::Kind::Timeout, "slow"});
  };
  response = send("GET", "/m");
  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(response.body, R"({"message":"Endpoint request timed out"})");
  receive_ = [](wire::http::ClientRequest) {
    return wire::http::ClientResult(wire::http::ClientError{wire::http::ClientError::Kind::Forbidden, "no"});
  };
  EXPECT_EQ(send("GET", "/m").status, 500);
}

TEST_F(DataPlaneTest, ValidatesRequests) {
  deploy(
      R"({"/v": {"post": {
      "parameters": [{"name": "q", "in": "query", "required": true},
                     {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Pets"}}],
      "responses": {}, "x-amazon-apigateway-request-validator": "all",
      "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200"}}}}}})",
      R"(, "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
           "definitions": {"Pet": {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}},
                           "Pets": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}})");
  EXPECT_EQ(send("POST", "/v?q=1", R"([{"a": 1}])").status, 200);
  for (const char* body : {"", "{}", R"([{"a": "x"}])", R"([{}])", "no"}) {
    const auto response = send("POST", "/v?q=1", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(response.body, R"({"message":"Invalid request body"})");
  }
  EXPECT_EQ(send("POST", "/v", "[]").body, R"({"message":"Missing required request parameters: [q]"})");
}

TEST_F(DataPlaneTest, AsksForApiKeysAndCountsQuotas) {
  deploy(R"({"/k": {"get": {"responses": {}, "security": [{"api_key": []}],
      "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200"}}}}}})",
         R"(, "securityDefinitions": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}})");
  EXPECT_EQ(send("GET", "/k").body, R"({"message":"Forbidden"})");
  const Json key = call("CreateApiKey", Json::object({{"name", "k"}, {"enabled", true}}));
  const Json plan = call("CreateUsagePlan",
                         Json::object({{"name", "p"},
                                       {"apiStages", Json::array({Json::object({{"apiId", api_}, {"stage", "dev"}})})},
                                       {"quota", Json::object({{"limit", 2}, {"period", "DAY"}})}}));
  const wire::http::Headers headers = {{"x-api-key", key.stringAt("value")}};
  EXPECT_EQ(send("GET", "/k", "", headers).status, 403);
  call("CreateUsagePlanKey", Json::object({{"usagePlanId", plan["id"]}, {"keyId", key["id"]}, {"keyType", "API_KEY"}}));
  EXPECT_EQ(send("GET", "/k", "", headers).status, 200);
  EXPECT_EQ(send("GET", "/k", "", headers).status, 200);
  const auto response = send("GET", "/k", "", headers);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.body, R"({"message":"Limit Exceeded"})");
  world_.runFor(24 * 60 * 60 * 1000);
  EXPECT_EQ(send("GET", "/k", "", headers).status, 200);
}

TEST_F(DataPlaneTest, GatewayResponsesAreTheApis) {
  deploy(R"({"/x": {"get": {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock",
       "requestTemplates": {"application/json": "nothing"}, "responses": {"default": {"statusCode": "200"}}}}}})",
         R"(, "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "404",
           "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
           "responseTemplates": {"application/json": "{\"m\": $context.error.messageString, \"t\": \"$context.error.responseType\"}"}}})");
  auto response = send("GET", "/none");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"m": "Missing Authentication Token", "t": "MISSING_AUTHENTICATION_TOKEN"})");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
  response = send("GET", "/x");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, R"({"message":"Internal server error"})");
}

TEST_F(DataPlaneTest, ASignatureIsNeededWhereIamIs) {
  deploy(R"({"/i": {"get": {"responses": {}, "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
      "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200"}}}}}})");
  const auto response = send("GET", "/i");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, R"({"message":"Missing Authentication Token"})");
}

// The developer guide's five cases of 10,000 requests a second with a burst of 5,000.
TEST(Throttle, IsATokenBucket) {
  struct Part {
    std::int64_t from_millisecond;
    std::int64_t milliseconds;
    int requests;
  };
  struct Case {
    std::vector<Part> parts;
    int served;
  };
  const Case cases[] = {
      {{{0, 1000, 10'000}}, 10'000},
      {{{0, 1, 10'000}}, 5'000},
      {{{0, 1, 5'000}, {1, 999, 5'000}}, 10'000},
      {{{0, 1, 5'000}, {100, 1, 5'000}}, 6'000},
      {{{0, 1, 5'000}, {100, 1, 1'000}, {101, 899, 4'000}}, 10'000},
  };
  for (const Case& each : cases) {
    Throttle throttle;
    int served = 0;
    for (const Part& part : each.parts) {
      for (int i = 0; i < part.requests; ++i) {
        const base::Timestamp now{1'000'000 + part.from_millisecond + i * part.milliseconds / part.requests};
        served += throttle.take("a", 10'000, 5'000, now);
      }
    }
    EXPECT_EQ(served, each.served);
  }
}

TEST_F(DataPlaneTest, AStageThrottles) {
  std::string paths = R"({"/t": {"get": {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock",
       "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}}}})";
  deploy(paths);
  Json patches = Json::array();
  for (const auto& [path, value] :
       {std::pair("/*/*/throttling/rateLimit", "1"), std::pair("/*/*/throttling/burstLimit", "2")}) {
    patches.push(Json::object({{"op", "replace"}, {"path", path}, {"value", value}}));
  }
  call("UpdateStage", Json::object({{"restApiId", api_}, {"stageName", "dev"}, {"patchOperations", patches}}));
  EXPECT_EQ(send("GET", "/t").status, 200);
  EXPECT_EQ(send("GET", "/t").status, 200);
  const auto response = send("GET", "/t");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.body, R"({"message":"Too Many Requests"})");
  EXPECT_EQ(response.headers.get("x-amzn-ErrorType"), "TooManyRequestsException");
  world_.runFor(1000);
  EXPECT_EQ(send("GET", "/t").status, 200);
}

}  // namespace
}  // namespace thimble::services::apigateway
