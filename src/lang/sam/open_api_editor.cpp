#include "lang/sam/open_api_editor.h"

#include <array>
#include <cctype>

#include "base/json.h"
#include "base/result.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

/// The names of members of CORS within an intrinsic function: "AllowOrigins" becomes "allowOrigins", in keys and texts.
Value withSmallNames(const Value& value) {
  static constexpr std::array<std::string_view, 6> kNames = {"AllowOrigins",  "AllowHeaders", "AllowMethods",
                                                             "ExposeHeaders", "MaxAge",       "AllowCredentials"};
  const auto small = [](std::string text) {
    for (const std::string_view name : kNames) {
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; ++at) {
        text[at] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
      }
    }
    return text;
  };
  if (value.isText()) return small(value.str());
  if (value.isList()) {
    Value list = Value::list();
    for (const Value& item : value.items()) list.push(withSmallNames(item));
    return list;
  }
  if (!value.isMap()) return value;
  Value map = Value::map();
  for (const auto& [name, member] : value.members()) map.set(small(name.text), withSmallNames(member));
  return map;
}

/// The logical id in the first "Id.Arn" of a text; empty when there is none.
std::string functionIn(const std::string& text) {
  for (std::size_t at = text.find(".Arn"); at != std::string::npos; at = text.find(".Arn", at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && std::isalnum(static_cast<unsigned char>(text[begin - 1]))) --begin;
    if (begin < at) return text.substr(begin, at - begin);
  }
  return {};
}

}  // namespace

OpenApiEditor::OpenApiEditor(const Value& definition) {
  if (!isValid(definition)) {
    failDocument(
        "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.");
  }
  document_ = definition.deepCopy();
  paths_ = document_["paths"];
  std::string error;
  schemes_ = deepGet(document_, {"components", "securitySchemes"}, error);
  if (!error.empty()) failDocument("Invalid OpenApi document: " + error);
  if (!schemes_.truthy()) schemes_ = Value::hashedMap();
  tags_ = document_["tags"].truthy() ? document_["tags"] : Value::list();
  info_ = document_["info"].truthy() ? document_["info"] : Value::hashedMap();
}

bool OpenApiEditor::isValid(const Value& definition) {
  return definition["paths"].isMap() && definition["openapi"].truthy() && isOpenApi3(definition["openapi"]);
}

Value OpenApiEditor::skeleton() {
  Value made = Value::hashedMap();
  made.set("openapi", "3.0.1");
  made.set("info", Value::hashedMap({{"version", "1.0"}, {"title", ref("AWS::StackName")}}));
  made.set("paths", Value::hashedMap());
  return made;
}

Value OpenApiEditor::result() const {
  if (tags_.truthy()) document_.set("tags", tags_);
  if (schemes_.truthy()) {
    if (!document_["components"].truthy()) document_.set("components", Value::hashedMap());
    document_["components"].set("securitySchemes", schemes_);
  }
  if (info_.truthy()) document_.set("info", info_);
  return document_.deepCopy();
}

bool OpenApiEditor::integrates(const std::string& path, const Text& method, const std::string& function_id) const {
  if (!hasIntegration(path, method)) return false;
  bool same = true;
  eachDefinition(
      path, method,
      [&](const Value& definition) {
        const Value integration = definition.has(kIntegration) ? definition[kIntegration] : Value::hashedMap();
        requireMap(integration,
                   "Value of 'x-amazon-apigateway-integration' must be a dictionary according to Swagger spec.");
        if (!integration["uri"].isMap()) {
          same = false;
          return;
        }
        for (const Value& uri : branches(integration["uri"])) {
          const Value text = uri["Fn::Sub"];
          if (!text.isText() || functionIn(text.str()) != function_id) same = false;
        }
      },
      true);
  return same;
}

void OpenApiEditor::addLambdaIntegration(const Text& path, const Text& method, const Value& uri,
                                         const Value& condition) {
  const Text name = normalMethod(method);
  if (hasIntegration(path.text, name)) return;
  addPath(path, name);
  for (const Value& item : branches(paths_[path.text])) {
    requirePathItem(item, path.text);
    if (item[name.text].isNull()) item.set(name, Value::hashedMap());
    const Value definition = item[name.text];
    Value integration = Value::hashedMap();
    definition.set(kIntegration, integration);
    integration.set("type", "aws_proxy");
    integration.set("httpMethod", "POST");
    integration.set("payloadFormatVersion", "2.0");
    integration.set("uri", condition.truthy() ? conditional(condition, uri) : uri);
    if (path.text == "$default" && name.text == kAnyMethod) definition.set("isDefaultRoute", true);
    definition.setDefault("responses", Value::hashedMap());
    if (condition.truthy()) item.set(name, conditional(condition, definition));
  }
}

void OpenApiEditor::addPathParameters(const std::string& path, const Text& method, const std::vector<Text>& names) {
  eachDefinition(path, method, [&](const Value& definition) {
    const Value parameters = definition.setDefault("parameters", Value::list());
    for (const Text& name : names) {
      Value parameter;
      for (const Value& existing : parameters.items()) {
        if (existing["name"].is(name.text)) parameter = existing;
      }
      if (parameter.isNull()) {
        parameter = Value::hashedMap({{"name", Text(name.text, true)}});
        parameters.push(parameter);
      }
      parameter.set("in", "path");
      parameter.set("required", true);
    }
  });
}

void OpenApiEditor::setPayloadVersion(const std::string& path, const Text& method, const Value& version) {
  eachDefinition(path, method,
                 [&](const Value& definition) { definition[kIntegration].set("payloadFormatVersion", version); });
}

void OpenApiEditor::addSecurityScheme(const Text& name, const Value& scheme) {
  schemes_.set(name, scheme);
}

void OpenApiEditor::setDefaultAuthorizer(const std::string& path, const Text& name, const Value& scopes) {
  for (const Value& item : branches(paths_[path])) {
    requirePathItem(item, path);
    for (const auto& [method, given] : item.members()) {
      const std::string normal = normalMethod(method).text;
      if (normal == "parameters" || normal == "options") continue;
      if (!item.has(normal)) failDocument("Could not find " + normal + " in " + path + " within DefinitionBody.");
      for (const Value& definition : branches(given)) {
        requireMethodDefinition(definition, path, method.text);
        if (!definitionHasIntegration(definition) || definition["security"].truthy()) continue;
        definition.set("security", Value::list({Value::map({{name, scopes.isNull() ? Value::list() : scopes}})}));
      }
    }
  }
}

void OpenApiEditor::addMethodAuth(const std::string& path, const Text& method, const Value& auth,
                                  const Value& authorizers) {
  const Value name = auth["Authorizer"];
  if (!name.truthy()) return;
  eachDefinition(path, method, [&](const Value& definition) {
    Value entry = Value::map({{name.asText(), Value::list()}});
    if (!name.is("NONE") && !name.is("AWS_IAM")) {
      const Value authorizer = authorizers.has(name.str()) ? authorizers[name.str()] : Value::hashedMap();
      if (!authorizer.isMap()) failDocument("Type of authorizer '" + name.str() + "' must be a dictionary");
      const Value scopes =
          auth["AuthorizationScopes"].truthy() ? auth["AuthorizationScopes"] : authorizer["AuthorizationScopes"];
      if (authorizer.truthy() && scopes.truthy()) entry.set(name.asText(), scopes);
    }
    const Value existing = definition.has("security") ? definition["security"] : Value::list();
    if (!existing.isList()) {
      failDocument("Type of security for path " + path + " method " + method.text + " must be a list");
    }
    const Value security = existing.shallowCopy();
    security.push(entry);
    definition.set("security", security);
  });
}

void OpenApiEditor::addTags(const Value& tags) {
  for (const auto& [name, value] : tags.members()) {
    if (!tags_.isList()) {
      failDocument("Tags in OpenApi DefinitionBody needs to be a list. " + pythonString(tags_) + " is a " +
                   std::string(pythonTypeName(tags_)) + " not a list.");
    }
    Value tag;
    for (const Value& existing : tags_.items()) {
      if (tag.isNull() && existing["name"].is(name.text)) tag = existing;
    }
    if (tag.isNull()) {
      tag = Value::hashedMap({{"name", name}});
      tags_.push(tag);
    }
    tag.set("x-amazon-apigateway-tag-value", value);
  }
}

void OpenApiEditor::setDisableEndpoint(const Value& disable) {
  const Value servers = document_.has("servers") ? document_["servers"] : Value::list({Value::hashedMap()});
  for (const Value& server : servers.items()) {
    requireMap(server, "Value of 'servers' item must be a dictionary according to Swagger spec.");
    server.setDefault("x-amazon-apigateway-endpoint-configuration", Value::map())
        .set("disableExecuteApiEndpoint", disable);
  }
  document_.set("servers", servers);
}

void OpenApiEditor::addCors(const Cors& cors) {
  constexpr const char* kCors = "x-amazon-apigateway-cors";
  const Value made = document_.has(kCors) ? document_[kCors] : Value::map();
  requireMap(made, "Value of 'x-amazon-apigateway-cors' must be a dictionary according to Swagger spec.");
  if (isIntrinsic(cors.origins)) {
    made.update(withSmallNames(cors.origins));
  } else {
    if (cors.origins.truthy()) made.set("allowOrigins", cors.origins);
    if (cors.headers.truthy()) made.set("allowHeaders", cors.headers);
    if (cors.methods.truthy()) made.set("allowMethods", cors.methods);
    if (cors.expose_headers.truthy()) made.set("exposeHeaders", cors.expose_headers);
    if (!cors.max_age.isNull()) made.set("maxAge", cors.max_age);
    if (cors.credentials) made.set("allowCredentials", true);
  }
  document_.set(kCors, made);
}

void OpenApiEditor::addDescription(const Value& description) {
  if (!info_["description"].truthy()) info_.set("description", description);
}

void OpenApiEditor::addTitle(const Value& title) {
  if (info_["title"] == ref("AWS::StackName")) info_.set("title", title);
}

}  // namespace thimble::lang::sam
