#include "services/apigateway/snapshot.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "wire/http/headers.h"

namespace thimble::services::apigateway {
namespace {

Templates compileTemplates(const Json& templates) {
  Templates out;
  if (!templates.isObject()) return out;
  for (const auto& [type, text] : templates.asObject()) {
    CompiledTemplate each;
    each.content_type = mediaType(type);
    // API Gateway drops the blanks at a template's beginning.
    std::string_view body = text.isString() ? std::string_view(text.asString()) : std::string_view();
    body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
    auto compiled = lang::vtl::Template::compile(body);
    if (compiled.ok()) {
      each.compiled = std::move(compiled).value();
    } else {
      each.error = compiled.error().message;
    }
    out.push_back(std::move(each));
  }
  return out;
}

Mappings mappingsOf(const Json& parameters) {
  Mappings out;
  if (!parameters.isObject()) return out;
  for (const auto& [target, source] : parameters.asObject()) {
    if (source.isString()) out.emplace_back(target, source.asString());
  }
  return out;
}

ContentHandling handlingOf(const Json& value) {
  if (value == Json("CONVERT_TO_TEXT")) return ContentHandling::ToText;
  if (value == Json("CONVERT_TO_BINARY")) return ContentHandling::ToBinary;
  return ContentHandling::Passthrough;
}

int number(const std::string& text, int fallback) {
  int value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Integration compileIntegration(const Json& json) {
  Integration out;
  const std::string type = json.stringAt("type");
  out.type = type == "AWS"          ? IntegrationType::Aws
             : type == "AWS_PROXY"  ? IntegrationType::AwsProxy
             : type == "HTTP"       ? IntegrationType::Http
             : type == "HTTP_PROXY" ? IntegrationType::HttpProxy
                                    : IntegrationType::Mock;
  out.http_method = json.stringAt("httpMethod");
  out.uri = json.stringAt("uri");
  out.credentials = json.stringAt("credentials");
  out.parameters = mappingsOf(json["requestParameters"]);
  out.templates = compileTemplates(json["requestTemplates"]);
  const std::string passthrough = json.stringAt("passthroughBehavior");
  out.passthrough = passthrough == "NEVER"               ? Passthrough::Never
                    : passthrough == "WHEN_NO_TEMPLATES" ? Passthrough::WhenNoTemplates
                                                         : Passthrough::WhenNoMatch;
  out.content_handling = handlingOf(json["contentHandling"]);
  if (json["timeoutInMillis"].isInt()) {
    out.timeout_milliseconds = static_cast<int>(std::clamp<std::int64_t>(json["timeoutInMillis"].asInt(), 50, 29'000));
  }
  if (!json["integrationResponses"].isObject()) return out;
  for (const auto& [status, each] : json["integrationResponses"].asObject()) {
    IntegrationResponse response;
    response.status = number(status, 200);
    if (const std::string pattern = each.stringAt("selectionPattern"); !pattern.empty()) {
      RE2::Options options;
      options.set_log_errors(false);
      options.set_dot_nl(true);
      auto compiled = std::make_shared<RE2>(pattern, options);
      response.pattern_broken = !compiled->ok();
      response.pattern = std::move(compiled);
    }
    response.parameters = mappingsOf(each["responseParameters"]);
    response.templates = compileTemplates(each["responseTemplates"]);
    response.content_handling = handlingOf(each["contentHandling"]);
    out.responses.push_back(std::move(response));
  }
  return out;
}

Method compileMethod(const Json& document, const Json& resource, const std::string& name, const Json& json) {
  Method out;
  out.resource_id = resource.stringAt("id");
  out.resource_path = resource.stringAt("path");
  out.http_method = name;
  const std::string authorization = json.stringAt("authorizationType");
  out.authorization = authorization == "AWS_IAM"              ? Method::Authorization::Iam
                      : authorization == "CUSTOM"             ? Method::Authorization::Custom
                      : authorization == "COGNITO_USER_POOLS" ? Method::Authorization::Cognito
                                                              : Method::Authorization::None;
  out.authorizer = document["authorizers"][json.stringAt("authorizerId")];
  out.api_key_required = json["apiKeyRequired"] == Json(true);
  const Json& validator = document["validators"][json.stringAt("requestValidatorId")];
  out.validates_body = validator["validateRequestBody"] == Json(true);
  out.validates_parameters = validator["validateRequestParameters"] == Json(true);
  if (json["requestParameters"].isObject()) {
    for (const auto& [parameter, required] : json["requestParameters"].asObject()) {
      if (required == Json(true)) out.required_parameters.push_back(parameter);
    }
  }
  out.request_models = json["requestModels"];
  if (json.contains("methodIntegration")) out.integration = compileIntegration(json["methodIntegration"]);
  return out;
}

}  // namespace

std::string mediaType(std::string_view content_type) {
  content_type = content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
  while (!content_type.empty() && content_type.front() == ' ') content_type.remove_prefix(1);
  while (!content_type.empty() && content_type.back() == ' ') content_type.remove_suffix(1);
  return wire::http::toLower(content_type);
}

Snapshot::Snapshot(const Json& document) : api_(document["api"]) {
  if (document["resources"].isObject()) {
    for (const auto& [id, resource] : document["resources"].asObject()) {
      Resource compiled;
      compiled.id = id;
      if (resource["resourceMethods"].isObject()) {
        for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
          compiled.methods.emplace(name, compileMethod(document, resource, name, method));
        }
      }
      routes_.add(resource.stringAt("path"), resources_.size());
      resources_.push_back(std::move(compiled));
    }
  }
  if (api_["binaryMediaTypes"].isArray()) {
    for (const Json& type : api_["binaryMediaTypes"].asArray()) {
      if (type.isString()) binary_types_.push_back(mediaType(type.asString()));
    }
  }
  if (document["models"].isObject()) {
    for (const auto& [name, model] : document["models"].asObject()) {
      auto schema = Json::parse(model.stringAt("schema"), {.max_depth = 64});
      if (schema.ok()) schemas_.emplace(name, std::move(schema).value());
    }
  }
  if (document["gatewayResponses"].isObject()) {
    for (const auto& [type, response] : document["gatewayResponses"].asObject()) {
      CompiledGatewayResponse compiled;
      compiled.status = number(response.stringAt("statusCode"), 0);
      compiled.parameters = mappingsOf(response["responseParameters"]);
      compiled.templates = compileTemplates(response["responseTemplates"]);
      gateway_responses_.emplace(type, std::move(compiled));
    }
  }
}

std::optional<Snapshot::Match> Snapshot::match(std::string_view method, std::string_view path) const {
  auto has = [&](std::size_t resource) {
    const auto& methods = resources_[resource].methods;
    return methods.find(method) != methods.end() || methods.find("ANY") != methods.end();
  };
  auto found = routes_.match(path, has);
  if (!found) return std::nullopt;
  const auto& methods = resources_[found->resource].methods;
  auto chosen = methods.find(method);
  if (chosen == methods.end()) chosen = methods.find("ANY");
  return Match{&chosen->second, std::move(found->parameters)};
}

bool Snapshot::isBinary(std::string_view media_type) const {
  const std::string type = mediaType(media_type);
  if (type.empty()) return false;
  return std::any_of(binary_types_.begin(), binary_types_.end(), [&](const std::string& each) {
    if (each == "*/*" || each == type) return true;
    return each.ends_with("/*") && type.starts_with(std::string_view(each).substr(0, each.size() - 1));
  });
}

const Json* Snapshot::schema(const std::string& model) const {
  const auto found = schemas_.find(model);
  return found == schemas_.end() ? nullptr : &found->second;
}

const Method* Snapshot::find(const std::string& resource_id, const std::string& method) const {
  for (const Resource& resource : resources_) {
    if (resource.id != resource_id) continue;
    const auto found = resource.methods.find(method);
    return found == resource.methods.end() ? nullptr : &found->second;
  }
  return nullptr;
}

const Snapshot::CompiledGatewayResponse* Snapshot::gatewayResponse(const std::string& type, int status) const {
  for (const std::string& name : {type, std::string(status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX")}) {
    if (const auto found = gateway_responses_.find(name); found != gateway_responses_.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace thimble::services::apigateway
