// Routing, authorisation, validation, and what all steps share.
#include "services/apigateway/execution.h"

#include <algorithm>
#include <cstdio>

#include "base/encoding.h"
#include "lang/jsonpath/path.h"
#include "lang/vtl/gateway.h"
#include "services/apigateway/gateway_response.h"
#include "services/apigateway/json_schema.h"

namespace thimble::services::apigateway {
namespace {

using lang::vtl::PrintStyle;

const lang::vtl::JsonPathQuery kQuery = [](const Json& root, std::string_view text) {
  using Selected = base::Result<std::optional<Json>, std::string>;
  const auto path = lang::jsonpath::Path::parse(text);
  if (!path.ok()) return Selected(path.error().message);
  if (path->isDefinite()) {
    const Json* found = path->find(root);
    return Selected(found ? std::optional(*found) : std::nullopt);
  }
  auto all = path->read(root);
  if (!all.ok()) return Selected(std::optional<Json>());
  return Selected(std::optional(std::move(all).value()));
};

/// "10/Oct/2026:13:55:36 +0000", as access logs write it.
std::string commonLogTime(base::Timestamp time) {
  // formatHttpDate: "Sat, 10 Oct 2026 13:55:36 GMT".
  const std::string date = base::formatHttpDate(time);
  return date.substr(5, 2) + "/" + date.substr(8, 3) + "/" + date.substr(12, 4) + ":" + date.substr(17, 8) + " +0000";
}

std::string hostOf(const wire::http::Headers& headers) {
  std::string host(headers.get("Host"));
  return host.substr(0, std::min(host.find(':'), host.size()));
}

/// "$.a" of "integration.response.body.a".
std::string jsonPathOf(std::string_view rest) {
  return rest.empty() ? "$" : "$" + std::string(rest);
}

std::string textOf(const Json& value) {
  return value.isString() ? value.asString() : value.write();
}

}  // namespace

Execution::Execution(std::shared_ptr<const Snapshot> snapshot, StageContext stage, ApiRequest request)
    : snapshot_(std::move(snapshot)), stage_(std::move(stage)), request_(std::move(request)) {
  overrides_ = Json::object(
      {{"requestOverride",
        Json::object({{"header", Json::object()}, {"querystring", Json::object()}, {"path", Json::object()}})},
       {"responseOverride", Json::object({{"header", Json::object()}})}});
}

Execution::Answer Execution::route() {
  auto found = snapshot_->match(request_.method, request_.path);
  if (!found) {
    readParameters();
    context_ = makeContext();
    return gatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token");
  }
  routeTo(*found->method, std::move(found->path_parameters));
  return std::nullopt;
}

void Execution::routeTo(const Method& method, std::vector<std::pair<std::string, std::string>> path_parameters) {
  method_ = &method;
  readParameters();
  for (auto& [name, value] : path_parameters) {
    at(at(multi_parameters_, "path"), name) = Json::array({value});
    at(at(parameters_, "path"), name) = std::move(value);
  }
  context_ = makeContext();
}

void Execution::readParameters() {
  parameters_ = Json::object({{"path", Json::object()}, {"querystring", Json::object()}, {"header", Json::object()}});
  multi_parameters_ = parameters_;
  auto add = [&](const char* place, const std::string& name, const std::string& value) {
    at(parameters_, place).set(name, value);
    at(at(multi_parameters_, place), name).push(value);
  };
  std::string_view rest = request_.query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto decode = [](std::string_view text) { return base::decodePercent(text, true).value_or(std::string(text)); };
    add("querystring", decode(pair.substr(0, equals)),
        equals < pair.size() ? decode(pair.substr(equals + 1)) : std::string());
  }
  for (const auto& header : request_.headers) add("header", header.name, header.value);
}

Json Execution::makeContext() const {
  std::string host = hostOf(request_.headers);
  // In the path form the host is the server's; templates and functions see the API's own name.
  if (host.find(".execute-api.") == std::string::npos) {
    host = stage_.api_id + ".execute-api." + stage_.region + ".amazonaws.com";
  }
  Json identity = Json::object();
  for (const char* name : {"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller"})
    identity.set(name, nullptr);
  identity.set("sourceIp", request_.source_ip);
  for (const char* name :
       {"principalOrgId", "accessKey", "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn"}) {
    identity.set(name, nullptr);
  }
  identity.set("userAgent",
               request_.headers.contains("User-Agent") ? Json(request_.headers.get("User-Agent")) : Json());
  identity.set("user", nullptr);
  Json context = Json::object();
  if (method_) {
    context.set("resourceId", method_->resource_id);
    context.set("resourcePath", method_->resource_path);
  }
  context.set("httpMethod", request_.method);
  context.set("extendedRequestId", request_.extended_request_id);
  context.set("requestTime", commonLogTime(request_.time));
  context.set("path", "/" + stage_.stage + request_.path);
  context.set("accountId", stage_.account);
  context.set("protocol", "HTTP/1.1");
  context.set("stage", stage_.stage);
  context.set("domainPrefix", host.substr(0, std::min(host.find('.'), host.size())));
  context.set("requestTimeEpoch", request_.time.milliseconds);
  context.set("requestId", request_.request_id);
  context.set("identity", identity);
  context.set("domainName", host);
  context.set("deploymentId", stage_.deployment_id);
  context.set("apiId", stage_.api_id);
  return context;
}

std::string Execution::methodArn() const {
  return "arn:aws:execute-api:" + stage_.region + ":" + stage_.account + ":" + stage_.api_id + "/" + stage_.stage +
         "/" + request_.method + request_.path;
}

void Execution::setCaller(const std::string& arn, const std::string& account, const std::string& user_id,
                          const std::string& access_key) {
  Json& identity = at(context_, "identity");
  identity.set("userArn", arn);
  identity.set("accountId", account);
  identity.set("caller", user_id);
  identity.set("user", user_id);
  identity.set("accessKey", access_key);
}

void Execution::setApiKey(const std::string& id, const std::string& value) {
  at(context_, "identity").set("apiKeyId", id);
  at(context_, "identity").set("apiKey", value);
}

std::string Execution::apiKey() const {
  if (snapshot_->api()["apiKeySource"] == Json("AUTHORIZER")) {
    return context_["authorizer"].stringAt("usageIdentifierKey");
  }
  return std::string(request_.headers.get("x-api-key"));
}

std::variant<ApiResponse, AuthorizerCall> Execution::authorizerCall() {
  const Json& authorizer = method_->authorizer;
  const std::string source = authorizer.stringAt("identitySource");
  // Every identity source must be there and not empty.
  std::string token;
  std::string_view rest = source;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string expression(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    expression.erase(std::remove(expression.begin(), expression.end(), ' '), expression.end());
    const auto value = evaluate(expression, nullptr);
    if (!value || value->empty()) return gatewayError("UNAUTHORIZED", "Unauthorized");
    token = *value;
  }
  AuthorizerCall call;
  const std::string uri = authorizer.stringAt("authorizerUri");
  const std::size_t begin = uri.find("/functions/");
  const std::size_t end = uri.rfind("/invocations");
  if (begin == std::string::npos || end == std::string::npos || end < begin + 11) {
    return gatewayError("AUTHORIZER_CONFIGURATION_ERROR", nullptr);
  }
  call.function_arn = substitute(uri.substr(begin + 11, end - begin - 11), {}, false);
  call.credentials = authorizer.stringAt("authorizerCredentials");
  if (authorizer["type"] == Json("TOKEN")) {
    call.event = Json::object({{"type", "TOKEN"}, {"methodArn", methodArn()}, {"authorizationToken", token}});
  } else {
    call.event = lambdaProxyEvent(*this, context_, parameters_, multi_parameters_, "", false);
    call.event.erase("body");
    call.event.erase("isBase64Encoded");
    call.event.set("type", "REQUEST");
    call.event.set("methodArn", methodArn());
  }
  return call;
}

namespace {

/// "*" and "?" of a policy's resource.
bool globMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool anyMatches(const Json& patterns, const std::string& text) {
  if (patterns.isString()) return globMatches(patterns.asString(), text);
  if (!patterns.isArray()) return false;
  return std::any_of(patterns.asArray().begin(), patterns.asArray().end(),
                     [&](const Json& pattern) { return pattern.isString() && globMatches(pattern.asString(), text); });
}

}  // namespace

Execution::Answer Execution::authorised(const IntegrationResult& result) {
  if (result.failure != IntegrationResult::Failure::None || result.function_error) {
    const auto error = Json::parse(result.body);
    if (error.ok() && error.value()["errorMessage"] == Json("Unauthorized")) {
      return gatewayError("UNAUTHORIZED", "Unauthorized");
    }
    return gatewayError("AUTHORIZER_FAILURE", nullptr);
  }
  const auto parsed = Json::parse(result.body);
  const Json& statement = parsed.ok() ? parsed.value()["policyDocument"]["Statement"] : Json();
  if (!parsed.ok() || !parsed.value()["principalId"].isString() || statement.isNull()) {
    return gatewayError("AUTHORIZER_CONFIGURATION_ERROR", nullptr);
  }
  bool allowed = false;
  bool denied = false;
  const Json statements = statement.isArray() ? statement : Json::array({statement});
  for (const Json& each : statements.asArray()) {
    const bool applies =
        (anyMatches(each["Action"], "execute-api:Invoke") || anyMatches(each["Action"], "execute-api:invoke")) &&
        anyMatches(each["Resource"], methodArn());
    if (!applies) continue;
    (each["Effect"] == Json("Allow") ? allowed : denied) = true;
  }
  if (denied || !allowed) {
    const std::string how = denied ? " with an explicit deny in an identity-based policy"
                                   : " because no identity-based policy allows the execute-api:Invoke action";
    return gatewayError("ACCESS_DENIED", "User is not authorized to access this resource" + how);
  }
  Json values = parsed.value()["context"].isObject() ? parsed.value()["context"] : Json::object();
  for (const auto& [name, value] : Json(values).asObject()) {
    if (value.isObject() || value.isArray()) return gatewayError("AUTHORIZER_CONFIGURATION_ERROR", nullptr);
    values.set(name, textOf(value));
  }
  values.set("principalId", parsed.value()["principalId"]);
  if (parsed.value().contains("usageIdentifierKey")) {
    values.set("usageIdentifierKey", parsed.value()["usageIdentifierKey"]);
  }
  context_.set("authorizer", values);
  return std::nullopt;
}

Execution::Answer Execution::validate() {
  if (method_->validates_parameters) {
    std::string missing;
    for (const std::string& expression : method_->required_parameters) {
      const auto value = evaluate(expression, nullptr);
      if (value && !value->empty()) continue;
      const std::size_t dot = expression.find('.', std::string_view("method.request.").size());
      missing += (missing.empty() ? "" : ", ") + expression.substr(dot + 1);
    }
    if (!missing.empty()) {
      return gatewayError("BAD_REQUEST_PARAMETERS", "Missing required request parameters: [" + missing + "]");
    }
  }
  if (!method_->validates_body || !method_->request_models.isObject()) return std::nullopt;
  std::string type = mediaType(request_.headers.get("Content-Type"));
  if (type.empty()) type = "application/json";
  const Json* model = method_->request_models.find(type);
  if (!model) model = method_->request_models.find("$default");
  const Json* schema = model && model->isString() ? snapshot_->schema(model->asString()) : nullptr;
  if (!schema) return std::nullopt;
  const auto value = Json::parse(request_.body.empty() ? "{}" : request_.body, {.max_depth = 100});
  const SchemaLookup lookup = [&](std::string_view reference) {
    const std::size_t slash = reference.rfind('/');
    return slash == std::string_view::npos ? nullptr : snapshot_->schema(std::string(reference.substr(slash + 1)));
  };
  if (value.ok() && matchesSchema(value.value(), *schema, lookup)) return std::nullopt;
  return gatewayError("BAD_REQUEST_BODY", "Invalid request body");
}

Execution::Rendered Execution::render(const CompiledTemplate& chosen, const std::string& body) {
  if (!chosen.compiled) return {"", chosen.error, ""};
  const lang::vtl::Template& compiled = *chosen.compiled;
  lang::vtl::Rendering rendering(compiled);
  lang::vtl::Heap& heap = rendering.heap();
  lang::vtl::Input input(body, parameters_, kQuery);
  lang::vtl::Util util;
  rendering.set("input", &input);
  rendering.set("util", &util);
  if (compiled.mentions("stageVariables")) {
    rendering.set("stageVariables",
                  heap.fromJson(stage_.variables.isObject() ? stage_.variables : Json::object(), PrintStyle::Java));
  }
  lang::vtl::Map* context = nullptr;
  if (compiled.mentions("context")) {
    context = heap.fromJson(context_, PrintStyle::Java).map();
    for (const auto& [name, value] : overrides_.asObject()) {
      context->put(name, heap.fromJson(value, PrintStyle::Java));
    }
    // Its own objects print nothing, what a template puts in does.
    for (const char* name : {"identity", "authorizer", "requestOverride", "responseOverride"}) {
      const lang::vtl::Value* value = context->find(name);
      if (!value || value->kind() != lang::vtl::Value::Kind::Map) continue;
      value->map()->prints_nothing = true;
      for (const auto& [inner, member] : value->map()->entries()) {
        if (member.kind() == lang::vtl::Value::Kind::Map) member.map()->prints_nothing = true;
      }
    }
    rendering.set("context", context);
  }
  auto text = rendering.run();
  if (!text.ok()) return {"", text.error().message, input.bodyError().value_or("")};
  if (context) {
    for (const char* name : {"requestOverride", "responseOverride"}) {
      const lang::vtl::Value* value = context->find(name);
      if (value) overrides_.set(name, heap.toJson(*value));
    }
  }
  return {std::move(text).value(), "", ""};
}

std::optional<std::string> Execution::evaluateBody(const std::string& body, std::string_view path) const {
  if (path.empty()) return body;
  const auto parsed = Json::parse(body, {.max_depth = 100});
  if (!parsed.ok()) return std::nullopt;
  const auto selected = kQuery(parsed.value(), jsonPathOf(path));
  if (!selected.ok() || !selected.value()) return std::nullopt;
  return textOf(**selected);
}

std::optional<std::string> Execution::evaluate(const std::string& expression, const IntegrationResult* result) const {
  const std::string_view text = expression;
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') return expression.substr(1, text.size() - 2);
  auto after = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!text.starts_with(prefix)) return std::nullopt;
    return std::string(text.substr(prefix.size()));
  };
  auto ofHeaders = [](const wire::http::Headers& headers, const std::string& name) -> std::optional<std::string> {
    const std::string* found = nullptr;
    for (const auto& header : headers) {
      if (wire::http::equalsIgnoringCase(header.name, name)) found = &header.value;
    }
    return found ? std::optional(*found) : std::nullopt;
  };
  auto joined = [](const Json& values) -> std::optional<std::string> {
    if (!values.isArray()) return std::nullopt;
    std::string all;
    for (const Json& value : values.asArray()) all += (all.empty() ? "" : ",") + textOf(value);
    return all;
  };
  if (auto name = after("method.request.path.")) {
    const Json* value = parameters_["path"].find(*name);
    return value ? std::optional(textOf(*value)) : std::nullopt;
  }
  if (auto name = after("method.request.querystring.")) {
    const Json* value = parameters_["querystring"].find(*name);
    return value ? std::optional(textOf(*value)) : std::nullopt;
  }
  if (auto name = after("method.request.multivaluequerystring."))
    return joined(multi_parameters_["querystring"][*name]);
  if (auto name = after("method.request.header.")) return ofHeaders(request_.headers, *name);
  if (auto name = after("method.request.multivalueheader.")) return joined(multi_parameters_["header"][*name]);
  if (auto path = after("method.request.body")) return evaluateBody(request_.body, *path);
  if (auto name = after("stageVariables.")) {
    const Json* value = stage_.variables.find(*name);
    return value ? std::optional(textOf(*value)) : std::nullopt;
  }
  if (auto path = after("context")) {
    const auto selected = kQuery(context_, jsonPathOf(*path));
    if (!selected.ok() || !selected.value() || (*selected)->isNull()) return std::nullopt;
    return textOf(**selected);
  }
  if (!result) return std::nullopt;
  if (auto name = after("integration.response.header.")) return ofHeaders(result->headers, *name);
  if (auto name = after("integration.response.multivalueheader.")) {
    std::string all;
    for (const auto& header : result->headers) {
      if (wire::http::equalsIgnoringCase(header.name, *name)) all += (all.empty() ? "" : ",") + header.value;
    }
    return all.empty() ? std::nullopt : std::optional(all);
  }
  if (auto path = after("integration.response.body")) return evaluateBody(result->body, *path);
  return std::nullopt;
}

std::string Execution::substitute(std::string uri, const std::vector<std::pair<std::string, std::string>>& path,
                                  bool encode) const {
  auto replaceAll = [&](const std::string& what, const std::string& with) {
    for (std::size_t place = uri.find(what); place != std::string::npos; place = uri.find(what, place + with.size())) {
      uri.replace(place, what.size(), with);
    }
  };
  if (stage_.variables.isObject()) {
    for (const auto& [name, value] : stage_.variables.asObject()) {
      replaceAll("${stageVariables." + name + "}", textOf(value));
    }
  }
  for (const auto& [name, value] : path) {
    const std::string text = encode ? base::encodePercent(value, true) : value;
    replaceAll("{" + name + "}", text);
    replaceAll("{" + name + "+}", text);
  }
  return uri;
}

void Execution::addOwnHeaders(wire::http::Headers& headers) const {
  headers.set("x-amzn-RequestId", request_.request_id);
  headers.set("x-amz-apigw-id", request_.extended_request_id);
}

ApiResponse Execution::gatewayError(const std::string& type, const Json& message, int status) {
  const GatewayResponseType* known = findGatewayResponseType(type);
  if (status == 0 && known && !known->status.empty()) status = std::stoi(std::string(known->status));
  if (status == 0) status = type == "DEFAULT_4XX" ? 400 : 500;
  const Snapshot::CompiledGatewayResponse* own = snapshot_->gatewayResponse(type, status);
  context_.set("error", Json::object({{"validationErrorString", message},
                                      {"message", message},
                                      {"messageString", message.isNull() ? Json("null") : Json(message.write())},
                                      {"responseType", type}}));
  ApiResponse response;
  response.status = own && own->status ? own->status : status;
  // AWS's own words for refusals by a policy begin with a capital.
  const char* member = type == "ACCESS_DENIED" ? "Message" : "message";
  response.body = std::string("{\"") + member + "\":" + message.write() + "}";
  std::string content_type = "application/json";
  if (own && !own->templates.empty()) {
    const std::string accept = mediaType(request_.headers.get("Accept"));
    const CompiledTemplate* chosen = &own->templates.front();
    for (const CompiledTemplate& each : own->templates) {
      if (each.content_type == "application/json") chosen = &each;
    }
    for (const CompiledTemplate& each : own->templates) {
      if (each.content_type == accept) chosen = &each;
    }
    Rendered rendered = render(*chosen, request_.body);
    if (rendered.error.empty()) response.body = std::move(rendered.text);
    content_type = chosen->content_type;
  }
  addOwnHeaders(response.headers);
  response.headers.set("Content-Type", content_type);
  if (known) response.headers.set("x-amzn-ErrorType", known->error);
  if (own) {
    for (const auto& [target, source] : own->parameters) {
      constexpr std::string_view kHeader = "gatewayresponse.header.";
      const auto value = evaluate(source, nullptr);
      if (value && target.starts_with(kHeader)) response.headers.set(target.substr(kHeader.size()), *value);
    }
  }
  return response;
}

}  // namespace thimble::services::apigateway
