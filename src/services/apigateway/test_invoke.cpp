#include "services/apigateway/test_invoke.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/apigateway/errors.h"
#include "wire/shapes/apigateway.h"

namespace thimble::services::apigateway {
namespace {

using shapes::apigateway::TestInvokeMethod;

/// "Mon Oct 10 13:55:36 UTC 2026".
std::string logTime(base::Timestamp time) {
  const std::string date = base::formatHttpDate(time);  // "Sat, 10 Oct 2026 13:55:36 GMT"
  return date.substr(0, 3) + " " + date.substr(8, 3) + " " + date.substr(5, 2) + " " + date.substr(17, 8) + " UTC " +
         date.substr(12, 4);
}

/// As Java prints a map.
std::string printed(const Json& map) {
  std::string text = "{";
  if (map.isObject()) {
    for (const auto& [name, value] : map.asObject()) {
      text += (text.size() > 1 ? ", " : "") + name + "=" + (value.isString() ? value.asString() : value.write());
    }
  }
  return text + "}";
}

/// The parameters that a path gives a resource; none when it is another resource's.
std::vector<std::pair<std::string, std::string>> pathParameters(const std::string& resource, const std::string& path) {
  RouteTree tree;
  tree.add(resource, 0);
  auto match = tree.match(path, [](std::size_t) { return true; });
  return match ? std::move(match->parameters) : std::vector<std::pair<std::string, std::string>>();
}

struct Prepared {
  std::optional<Execution> execution;
  std::string path;
};

base::Result<std::shared_ptr<Prepared>> prepare(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string resource_id = input.stringAt("resourceId");
  const Json* resource = api.ok() ? api->document["resources"].find(resource_id) : nullptr;
  if (!resource) return resourceNotFound();
  auto snapshot = std::make_shared<const Snapshot>(api->document);
  const std::string name = input.stringAt("httpMethod");
  const Method* method = snapshot->find(resource_id, name);
  if (!method) return methodNotFound();

  std::string target = input.stringAt("pathWithQueryString", resource->stringAt("path"));
  const std::size_t mark = std::min(target.find('?'), target.size());
  ApiRequest request;
  request.method = name;
  request.path = target.substr(0, mark);
  request.query = mark < target.size() ? target.substr(mark + 1) : "";
  request.body = input.stringAt("body");
  request.source_ip = "test-invoke-source-ip";
  request.request_id = context.random().uuid();
  request.extended_request_id = context.random().text(15, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") + "=";
  request.time = context.now();
  if (input["headers"].isObject()) {
    for (const auto& [header, value] : input["headers"].asObject()) {
      if (value.isString()) request.headers.set(header, value.asString());
    }
  }
  if (input["multiValueHeaders"].isObject()) {
    for (const auto& [header, values] : input["multiValueHeaders"].asObject()) {
      request.headers.erase(header);
      for (std::size_t i = 0; i < values.size(); ++i) request.headers.add(header, values[i].asString());
    }
  }
  StageContext stage;
  stage.api_id = api->id;
  stage.account = api->account;
  stage.region = api->region;
  stage.stage = "test-invoke-stage";
  stage.variables = input["stageVariables"];
  auto prepared = std::make_shared<Prepared>();
  prepared->path = request.path;
  prepared->execution.emplace(snapshot, std::move(stage), std::move(request));
  prepared->execution->routeTo(*method, pathParameters(resource->stringAt("path"), prepared->path));
  return prepared;
}

TestInvokeMethod::Output outputOf(const Prepared& prepared, const ApiResponse& answer, base::Timestamp now) {
  const Execution& execution = *prepared.execution;
  const std::string time = logTime(execution.request().time) + " : ";
  Json headers = Json::object();
  Json multi_headers = Json::object();
  for (const auto& header : answer.headers) {
    // Those of the front are not the method's.
    if (header.name == "x-amzn-RequestId" || header.name == "x-amz-apigw-id") continue;
    headers.set(header.name, header.value);
    multi_headers.mutableObject();
    Json values = multi_headers[header.name].isArray() ? multi_headers[header.name] : Json::array();
    values.push(header.value);
    multi_headers.set(header.name, values);
  }
  std::string log = "Execution log for request " + execution.request().request_id + "\n";
  log += time + "Starting execution for request: " + execution.request().request_id + "\n";
  log += time + "HTTP Method: " + execution.request().method + ", Resource Path: " + prepared.path + "\n";
  log += time + "Method request path: " + printed(execution.parameters()["path"]) + "\n";
  log += time + "Method request query string: " + printed(execution.parameters()["querystring"]) + "\n";
  log += time + "Method request headers: " + printed(execution.parameters()["header"]) + "\n";
  log += time + "Method request body before transformations: " + execution.request().body + "\n";
  log += time + "Method response body after transformations: " + answer.body + "\n";
  log += time + "Method response headers: " + printed(headers) + "\n";
  log += time + "Successfully completed execution\n";
  log += time + "Method completed with status: " + std::to_string(answer.status) + "\n";
  return shapes::fromJson<TestInvokeMethod::Output>(
      Json::object({{"status", answer.status},
                    {"body", answer.body},
                    {"headers", headers},
                    {"multiValueHeaders", multi_headers},
                    {"log", log},
                    {"latency", now.milliseconds - execution.request().time.milliseconds}}));
}

}  // namespace

/// https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
void registerTestInvoke(dispatch::Registry& registry, Outbound outbound) {
  registry.addAsynchronous<TestInvokeMethod>(
      [outbound = std::move(outbound)](std::shared_ptr<dispatch::AsyncContext> context, const TestInvokeMethod::Input&,
                                       dispatch::Responder<TestInvokeMethod::Output> responder) {
        context->transact<std::shared_ptr<Prepared>>(
            [context](dispatch::Context& inner) { return prepare(inner, context->call().input); },
            [context, outbound, responder](base::Result<std::shared_ptr<Prepared>> result) {
              if (!result.ok()) return responder(std::move(result).error());
              const std::shared_ptr<Prepared> prepared = std::move(result).value();
              auto answer = [context, responder, prepared](const ApiResponse& response) {
                responder(dispatch::Reply<TestInvokeMethod::Output>(outputOf(*prepared, response, context->now())));
              };
              if (const auto refused = prepared->execution->validate()) return answer(*refused);
              auto planned = prepared->execution->integrationRequest();
              if (const auto* ready = std::get_if<ApiResponse>(&planned)) return answer(*ready);
              const IntegrationCaller caller{prepared->execution->methodArn(), std::nullopt, ""};
              callIntegration(context->doorway(), outbound, std::move(std::get<IntegrationRequest>(planned)),
                              prepared->execution->stage(), caller, [prepared, answer](const IntegrationResult& done) {
                                answer(prepared->execution->respond(done));
                              });
            });
      });
}

}  // namespace thimble::services::apigateway
