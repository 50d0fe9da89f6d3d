// The integration's request: mapping templates, parameters, overrides, content handling.
#include <algorithm>

#include "base/encoding.h"
#include "services/apigateway/content.h"
#include "services/apigateway/execution.h"

namespace thimble::services::apigateway {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void setPair(Pairs& pairs, const std::string& name, const std::string& value) {
  for (auto& pair : pairs) {
    if (pair.first == name) {
      pair.second = value;
      return;
    }
  }
  pairs.emplace_back(name, value);
}

std::string textOf(const Json& value) {
  return value.isString() ? value.asString() : value.write();
}

}  // namespace

std::optional<std::string> Execution::requestBody(bool& is_binary) const {
  const bool binary = snapshot_->isBinary(request_.headers.get("Content-Type"));
  is_binary = false;
  const ContentHandling handling = method_->integration->content_handling;
  if (!binary) {
    if (handling != ContentHandling::ToBinary) return asText(request_.body);
    is_binary = true;
    return base::decodeBase64(request_.body);
  }
  if (handling == ContentHandling::ToText) return base::encodeBase64(request_.body);
  is_binary = true;
  return request_.body;
}

void Execution::passRequestThrough(IntegrationRequest& out) const {
  for (const auto& header : request_.headers) {
    static constexpr std::string_view kHop[] = {
        "host",       "connection", "content-length", "transfer-encoding",  "expect",
        "keep-alive", "te",         "upgrade",        "proxy-authorization"};
    const std::string name = wire::http::toLower(header.name);
    if (std::find(std::begin(kHop), std::end(kHop), name) == std::end(kHop)) out.headers.add(header.name, header.value);
  }
  for (const auto& [name, values] : multi_parameters_["querystring"].asObject()) {
    for (const Json& value : values.asArray()) out.query.emplace_back(name, value.asString());
  }
}

void Execution::applyRequestOverrides(IntegrationRequest& out, Pairs& path) {
  const Json& override_ = overrides_["requestOverride"];
  if (override_["header"].isObject()) {
    for (const auto& [name, value] : override_["header"].asObject()) out.headers.set(name, textOf(value));
  }
  if (override_["querystring"].isObject()) {
    for (const auto& [name, value] : override_["querystring"].asObject()) setPair(out.query, name, textOf(value));
  }
  if (override_["path"].isObject()) {
    for (const auto& [name, value] : override_["path"].asObject()) setPair(path, name, textOf(value));
  }
}

void Execution::applyMappings(IntegrationRequest& out) {
  Pairs path;
  for (const auto& [target, source] : method_->integration->parameters) {
    const auto value = evaluate(source, nullptr);
    if (!value) continue;
    constexpr std::string_view kPrefix = "integration.request.";
    if (!target.starts_with(kPrefix)) continue;
    const std::string rest = target.substr(kPrefix.size());
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string place = rest.substr(0, dot);
    const std::string name = dot < rest.size() ? rest.substr(dot + 1) : "";
    if (place == "path") setPair(path, name, *value);
    if (place == "querystring" || place == "multivaluequerystring") setPair(out.query, name, *value);
    if (place == "header" || place == "multivalueheader") out.headers.set(name, *value);
  }
  applyRequestOverrides(out, path);
  out.uri = substitute(out.uri, path, true);
}

std::variant<ApiResponse, IntegrationRequest> Execution::integrationRequest() {
  if (!method_->integration) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
  const Integration& integration = *method_->integration;
  IntegrationRequest out;
  out.type = integration.type;
  out.method = integration.http_method == "ANY" ? request_.method : integration.http_method;
  out.uri = integration.uri;
  out.credentials = integration.credentials;
  out.timeout_milliseconds = integration.timeout_milliseconds;

  if (integration.type == IntegrationType::AwsProxy) {
    const bool binary = snapshot_->isBinary(request_.headers.get("Content-Type"));
    const std::string body = binary ? base::encodeBase64(request_.body) : asText(request_.body);
    out.body = lambdaProxyEvent(*this, context_, parameters_, multi_parameters_, body, binary).write();
    out.uri = substitute(out.uri, {}, false);
    return out;
  }
  bool is_binary = false;
  std::optional<std::string> converted = requestBody(is_binary);
  if (!converted) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
  std::string body = *std::move(converted);
  std::string type = mediaType(request_.headers.get("Content-Type"));
  if (integration.type == IntegrationType::HttpProxy) {
    passRequestThrough(out);
    out.body = std::move(body);
    applyMappings(out);
    return out;
  }

  // 1. The template of the request's content type, or of $default.
  if (type.empty()) type = "application/json";
  const CompiledTemplate* chosen = nullptr;
  for (const CompiledTemplate& each : integration.templates) {
    if (each.content_type == type) chosen = &each;
  }
  for (const CompiledTemplate& each : integration.templates) {
    if (!chosen && each.content_type == "$default") chosen = &each;
  }
  // 2. Without one the body passes through, or the media type is refused.
  const bool refused =
      !chosen && (integration.passthrough == Passthrough::Never ||
                  (integration.passthrough == Passthrough::WhenNoTemplates && !integration.templates.empty()));
  if (refused) return gatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type");
  out.headers.set("Content-Type", type);
  if (chosen) {
    if (is_binary) return gatewayError("DEFAULT_5XX", "Internal server error", 500);
    Rendered rendered = render(*chosen, body);
    if (!rendered.body_error.empty()) {
      return gatewayError("BAD_REQUEST_BODY", "Could not parse request body into json: " + rendered.body_error);
    }
    if (!rendered.error.empty()) return gatewayError("API_CONFIGURATION_ERROR", "Internal server error");
    out.body = std::move(rendered.text);
  } else {
    out.body = std::move(body);
  }
  if (integration.type == IntegrationType::Mock) {
    IntegrationResult unused;
    return respondMock(out.body);
  }
  out.headers.set("Accept", "application/json");
  out.headers.set("User-Agent", "AmazonAPIGateway_" + stage_.api_id);
  out.headers.set("X-Amzn-Apigateway-Api-Id", stage_.api_id);
  if (!request_.trace_id.empty()) out.headers.set("X-Amzn-Trace-Id", request_.trace_id);
  // 3. Parameters, then what the template overrides.
  applyMappings(out);
  return out;
}

}  // namespace thimble::services::apigateway
