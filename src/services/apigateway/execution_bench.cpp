// What API Gateway itself costs a request: from the request to what is to be called, and from its result to the answer.
#include <benchmark/benchmark.h>

#include "services/apigateway/execution.h"
#include "services/apigateway/openapi.h"

namespace thimble::services::apigateway {
namespace {

constexpr char kDefinition[] = R"json({"swagger": "2.0", "info": {"title": "t"}, "paths": {"/startpipeline": {"post": {
  "responses": {"200": {"description": ""}},
  "x-amazon-apigateway-integration": {
    "type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:eu-west-1:states:action/StartExecution",
    "credentials": "arn:aws:iam::000000000000:role/r",
    "requestTemplates": {"application/json":
      "{\"input\": \"$util.escapeJavaScript($input.json('$'))\", \"name\": \"$context.requestId\", \"stateMachineArn\": \"arn:aws:states:eu-west-1:000000000000:stateMachine:StartPipeline\"}"},
    "responses": {"default": {"statusCode": "200"}, "4\\d{2}": {"statusCode": "400"}}}}}}})json";

Json document() {
  Json document = Json::object({{"api", Json::object({{"id", "abcdefghij"}, {"rootResourceId", "root"}})},
                                {"resources", Json::object({{"root", Json::object({{"id", "root"}, {"path", "/"}})}})},
                                {"models", Json::object()}});
  int next = 0;
  (void)importOpenApi(
      *readOpenApi(kDefinition), {}, [&](std::size_t) { return "id" + std::to_string(next++); }, document);
  return document;
}

void serveStartExecution(benchmark::State& state) {
  const auto snapshot = std::make_shared<const Snapshot>(document());
  for (auto _ : state) {
    ApiRequest request;
    request.method = "POST";
    request.path = "/startpipeline";
    request.headers = {{"Host", "abcdefghij.execute-api.eu-west-1.localhost:4566"},
                       {"User-Agent", "python-requests/2.31"},
                       {"Accept", "*/*"},
                       {"Content-Type", "application/json"}};
    request.body = R"({"pipeline_name":"RestaurantService_pipeline","notifier":"Slack","channel":"#ops"})";
    request.source_ip = "127.0.0.1";
    request.request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";
    Execution execution(snapshot, {"abcdefghij", "000000000000", "eu-west-1", "prod", "d1", {}}, std::move(request));
    if (execution.route()) state.SkipWithError("no route");
    auto planned = execution.integrationRequest();
    if (!std::holds_alternative<IntegrationRequest>(planned)) state.SkipWithError("no plan");
    IntegrationResult result;
    result.body = R"({"executionArn":"arn:aws:states:eu-west-1:000000000000:execution:x:y","startDate":1.7E9})";
    benchmark::DoNotOptimize(execution.respond(result));
  }
}
BENCHMARK(serveStartExecution);

void compileSnapshot(benchmark::State& state) {
  const Json compiled = document();
  for (auto _ : state) benchmark::DoNotOptimize(Snapshot(compiled));
}
BENCHMARK(compileSnapshot);

}  // namespace
}  // namespace thimble::services::apigateway
