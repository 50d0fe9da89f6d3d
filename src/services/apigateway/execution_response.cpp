// The answer from the integration's result: selection, templates, parameters, overrides, content handling.
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/encoding.h"
#include "services/apigateway/content.h"
#include "services/apigateway/execution.h"

namespace thimble::services::apigateway {
namespace {

std::string textOf(const Json& value) {
  return value.isString() ? value.asString() : value.write();
}

/// The response whose pattern matches the whole text, else the default one; nullptr when there is neither.
const IntegrationResponse* select(const std::vector<IntegrationResponse>& responses, const std::string& text) {
  const IntegrationResponse* fallback = nullptr;
  for (const IntegrationResponse& each : responses) {
    if (!each.pattern) {
      if (!fallback) fallback = &each;
    } else if (!each.pattern_broken && !text.empty() && RE2::FullMatch(text, *each.pattern)) {
      return &each;
    }
  }
  return fallback;
}

/// `{"statusCode": 200}` of a mock's rendered template. Names may go without quotes, as API Gateway's parser allows.
std::optional<int> mockStatus(const std::string& text) {
  static const RE2 kStatus(R"(["']?statusCode["']?\s*:\s*["']?(\d{3})["']?\s*[,}])");
  std::string status;
  if (const auto parsed = Json::parse(text); parsed.ok()) {
    const Json& value = parsed.value()["statusCode"];
    status = value.isString() ? value.asString() : value.isInt() ? value.write() : "";
  } else if (!RE2::PartialMatch(text, kStatus, &status)) {
    return std::nullopt;
  }
  int number = 0;
  const auto result = std::from_chars(status.data(), status.data() + status.size(), number);
  if (result.ec != std::errc{} || number < 100 || number > 599) return std::nullopt;
  return number;
}

/// The media type that the client would have first.
std::string firstAccepted(const wire::http::Headers& headers) {
  const std::string_view accept = headers.get("Accept");
  return mediaType(accept.substr(0, std::min(accept.find(','), accept.size())));
}

}  // namespace

ApiResponse Execution::respondMock(const std::string& text) {
  const auto status = mockStatus(text);
  if (!status) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
  IntegrationResult result;
  result.status = *status;
  return respondMapped(result);
}

ApiResponse Execution::respond(const IntegrationResult& result) {
  if (result.failure != IntegrationResult::Failure::None) return failed(result);
  switch (method_->integration->type) {
    case IntegrationType::HttpProxy:
      return respondHttpProxy(result);
    case IntegrationType::AwsProxy:
      return respondLambdaProxy(result);
    default:
      return respondMapped(result);
  }
}

ApiResponse Execution::failed(const IntegrationResult& result) {
  switch (result.failure) {
    case IntegrationResult::Failure::TimedOut:
      return gatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out");
    case IntegrationResult::Failure::Misconfigured:
      return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
    default: {
      const bool proxy = method_->integration->type == IntegrationType::AwsProxy;
      return gatewayError(proxy ? "INTEGRATION_FAILURE" : "DEFAULT_5XX", "Internal server error", proxy ? 502 : 500);
    }
  }
}

void Execution::applyResponseOverrides(ApiResponse& response) const {
  const Json& override_ = overrides_["responseOverride"];
  if (override_["header"].isObject()) {
    for (const auto& [name, value] : override_["header"].asObject()) response.headers.set(name, textOf(value));
  }
  const std::string status = override_["status"].isNull() ? "" : textOf(override_["status"]);
  int number = 0;
  const auto result = std::from_chars(status.data(), status.data() + status.size(), number);
  if (result.ec == std::errc{} && number >= 100 && number <= 599) response.status = number;
}

ApiResponse Execution::respondMapped(const IntegrationResult& result) {
  // 1. Which response: a function's by its error message, all else by the status.
  std::string selector = std::to_string(result.status);
  const bool lambda = method_->integration->type == IntegrationType::Aws &&
                      method_->integration->uri.find(":lambda:path/") != std::string::npos;
  if (lambda && result.status == 200) {
    selector.clear();
    const auto parsed = Json::parse(result.body);
    if (parsed.ok() && parsed.value()["errorMessage"].isString()) selector = parsed.value().stringAt("errorMessage");
  }
  const IntegrationResponse* chosen = select(method_->integration->responses, selector);
  if (!chosen) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");

  // 2. The payload as text or bytes.
  std::string body = result.body;
  const bool binary = snapshot_->isBinary(result.headers.get("Content-Type"));
  const bool wants_binary = snapshot_->isBinary(firstAccepted(request_.headers));
  const bool passthrough = chosen->content_handling == ContentHandling::Passthrough;
  if (binary) {
    if (chosen->content_handling == ContentHandling::ToText || (passthrough && !wants_binary)) {
      body = base::encodeBase64(body);
    }
  } else if (chosen->content_handling == ContentHandling::ToBinary || (passthrough && wants_binary)) {
    auto decoded = base::decodeBase64(body);
    if (!decoded) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
    body = *std::move(decoded);
  } else {
    body = asText(body);
  }

  // 3. The template: the one that the client accepts, else the first.
  ApiResponse response;
  response.status = chosen->status;
  std::string content_type = "application/json";
  if (!chosen->templates.empty()) {
    const CompiledTemplate* used = &chosen->templates.front();
    const std::string accepted = firstAccepted(request_.headers);
    for (const CompiledTemplate& each : chosen->templates) {
      if (each.content_type == accepted) used = &each;
    }
    Rendered rendered = render(*used, body);
    if (!rendered.error.empty()) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
    body = std::move(rendered.text);
    content_type = used->content_type;
  } else if (method_->integration->type != IntegrationType::Mock && result.headers.contains("Content-Type")) {
    content_type = result.headers.get("Content-Type");
    // AWS's own JSON types are the services' business, not the client's.
    if (content_type.starts_with("application/x-amz-json")) content_type = "application/json";
  }
  response.body = std::move(body);
  addOwnHeaders(response.headers);
  if (!request_.trace_id.empty() && method_->integration->type == IntegrationType::Aws) {
    response.headers.set("X-Amzn-Trace-Id", request_.trace_id);
  }
  response.headers.set("Content-Type", content_type);

  // 4. Headers, then what the templates override.
  constexpr std::string_view kHeader = "method.response.header.";
  for (const auto& [target, source] : chosen->parameters) {
    const auto value = evaluate(source, &result);
    if (value && target.starts_with(kHeader)) response.headers.set(target.substr(kHeader.size()), *value);
  }
  applyResponseOverrides(response);
  return response;
}

ApiResponse Execution::respondHttpProxy(const IntegrationResult& result) const {
  ApiResponse response;
  response.status = result.status;
  response.body = result.body;
  addOwnHeaders(response.headers);
  for (const auto& header : result.headers) {
    const std::string name = wire::http::toLower(header.name);
    static constexpr std::string_view kRemapped[] = {
        "connection", "date", "server", "www-authenticate", "host", "content-length", "authorization", "user-agent"};
    static constexpr std::string_view kDropped[] = {"transfer-encoding", "keep-alive", "trailer", "upgrade"};
    if (std::find(std::begin(kDropped), std::end(kDropped), name) != std::end(kDropped)) continue;
    if (std::find(std::begin(kRemapped), std::end(kRemapped), name) != std::end(kRemapped)) {
      response.headers.add("x-amzn-Remapped-" + header.name, header.value);
    } else {
      response.headers.add(header.name, header.value);
    }
  }
  if (!response.headers.contains("Content-Type")) response.headers.set("Content-Type", "application/json");
  return response;
}

ApiResponse Execution::respondLambdaProxy(const IntegrationResult& result) {
  auto malformed = [&] { return gatewayError("INTEGRATION_FAILURE", "Internal server error", 502); };
  if (result.function_error) return malformed();
  const auto parsed = Json::parse(result.body, {.max_depth = 100, .max_bytes = std::size_t{10} << 20});
  if (!parsed.ok() || !parsed.value().isObject()) return malformed();
  const Json& answer = parsed.value();
  for (const auto& [name, value] : answer.asObject()) {
    static constexpr std::string_view kKnown[] = {"statusCode", "headers", "multiValueHeaders", "body",
                                                  "isBase64Encoded"};
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) return malformed();
  }
  ApiResponse response;
  if (const Json& status = answer["statusCode"]; !status.isNull()) {
    const std::string text = textOf(status);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), response.status);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || response.status < 100 ||
        response.status > 599) {
      return malformed();
    }
  }
  addOwnHeaders(response.headers);
  if (!request_.trace_id.empty()) response.headers.set("X-Amzn-Trace-Id", request_.trace_id);
  if (const Json& headers = answer["headers"]; !headers.isNull()) {
    if (!headers.isObject()) return malformed();
    for (const auto& [name, value] : headers.asObject()) {
      if (value.isObject() || value.isArray()) return malformed();
      if (!value.isNull()) response.headers.set(name, textOf(value));
    }
  }
  if (const Json& headers = answer["multiValueHeaders"]; !headers.isNull()) {
    if (!headers.isObject()) return malformed();
    for (const auto& [name, values] : headers.asObject()) {
      if (!values.isArray()) return malformed();
      response.headers.erase(name);
      for (const Json& value : values.asArray()) response.headers.add(name, textOf(value));
    }
  }
  if (!response.headers.contains("Content-Type")) response.headers.set("Content-Type", "application/json");
  const Json& body = answer["body"];
  if (!body.isNull() && !body.isString()) return malformed();
  if (body.isString()) response.body = body.asString();
  if (answer["isBase64Encoded"] == Json(true) && snapshot_->isBinary(firstAccepted(request_.headers))) {
    auto decoded = base::decodeBase64(response.body);
    if (!decoded) return malformed();
    response.body = *std::move(decoded);
  }
  return response;
}

Json lambdaProxyEvent(const Execution& execution, const Json& context, const Json& parameters,
                      const Json& multi_parameters, const std::string& body, bool is_base64) {
  const ApiRequest& request = execution.request();
  auto orNull = [](const Json& value) { return value.empty() ? Json() : value; };
  Json headers = parameters["header"];
  Json multi_headers = multi_parameters["header"];
  // Headers of the connection are not the request's.
  for (Json* each : {&headers, &multi_headers}) {
    Json kept = Json::object();
    for (const auto& [name, value] : each->asObject()) {
      const std::string small = wire::http::toLower(name);
      if (small != "connection" && small != "content-length" && small != "transfer-encoding") kept.set(name, value);
    }
    *each = kept;
  }
  auto add = [&](const char* name, const std::string& value) {
    headers.set(name, value);
    multi_headers.set(name, Json::array({value}));
  };
  add("X-Forwarded-For", request.source_ip);
  add("X-Forwarded-Port", "443");
  add("X-Forwarded-Proto", "https");
  if (!request.trace_id.empty()) add("X-Amzn-Trace-Id", request.trace_id);
  return Json::object({{"resource", execution.method().resource_path},
                       {"path", request.path.empty() ? "/" : request.path},
                       {"httpMethod", request.method},
                       {"headers", headers},
                       {"multiValueHeaders", multi_headers},
                       {"queryStringParameters", orNull(parameters["querystring"])},
                       {"multiValueQueryStringParameters", orNull(multi_parameters["querystring"])},
                       {"pathParameters", orNull(parameters["path"])},
                       {"stageVariables", orNull(execution.stage().variables)},
                       {"requestContext", context},
                       {"body", body.empty() ? Json() : Json(body)},
                       {"isBase64Encoded", is_base64}});
}

}  // namespace thimble::services::apigateway
