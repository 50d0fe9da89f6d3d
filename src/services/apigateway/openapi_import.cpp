#include <algorithm>
#include <cctype>

#include "services/apigateway/errors.h"
#include "services/apigateway/openapi.h"
#include "services/apigateway/operations.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::size_t kMaxResources = 300;
constexpr std::string_view kMethods[] = {"get", "put", "post", "delete", "options", "head", "patch"};
constexpr std::string_view kAnyMethod = "x-amazon-apigateway-any-method";

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// A value's text where a definition may write a number or a text (a status code).
std::string textOf(const Json& value) {
  return value.isString() ? value.asString() : value.isNull() ? "" : value.write();
}

class Import {
 public:
  Import(const Json& definition, const ImportOptions& options, const std::function<std::string(std::size_t)>& new_id,
         Json& document)
      : definition_(definition), options_(options), new_id_(new_id), document_(document) {}

  base::Result<void> run() {
    const bool swagger = definition_.contains("swagger");
    if (!swagger && !definition_.contains("openapi")) return badRequest("Invalid OpenAPI input.");
    if (!definition_["paths"].isObject() && definition_.contains("paths")) return badRequest("Invalid OpenAPI input.");
    if (options_.overwrite) clear();
    importApi();
    importModels(swagger ? definition_["definitions"] : definition_["components"]["schemas"]);
    importValidators();
    TRY(importAuthorizers(swagger ? definition_["securityDefinitions"] : definition_["components"]["securitySchemes"]));
    importGatewayResponses();
    importDocumentation();
    const std::string base_path = basePath(swagger);
    if (definition_["paths"].isObject()) {
      for (const auto& [path, item] : definition_["paths"].asObject()) TRY(importPath(base_path + path, item));
    }
    return {};
  }

 private:
  /// The root resource and the default models stay.
  void clear() {
    const std::string root = document_["api"].stringAt("rootResourceId");
    document_.set("resources", Json::object({{root, Json::object({{"id", root}, {"path", "/"}})}}));
    Json models = Json::object();
    for (const char* name : {"Empty", "Error"}) {
      if (const Json* model = document_["models"].find(name)) models.set(name, *model);
    }
    document_.set("models", models);
    for (const char* part : {"validators", "authorizers", "gatewayResponses", "documentationParts"}) {
      document_.erase(part);
    }
    at(document_, "api").erase("binaryMediaTypes");
  }

  void importApi() {
    Json& api = at(document_, "api");
    const Json& info = definition_["info"];
    if (!info.stringAt("title").empty()) api.set("name", info["title"]);
    if (!info.stringAt("description").empty()) api.set("description", info["description"]);
    if (const std::string version = textOf(info["version"]); !version.empty()) api.set("version", version);
    const Json& types = definition_["x-amazon-apigateway-binary-media-types"];
    if (types.isArray()) {
      Json::Array& kept = at(api, "binaryMediaTypes").mutableArray();
      for (const Json& type : types.asArray()) {
        if (std::find(kept.begin(), kept.end(), type) == kept.end()) kept.push_back(type);
      }
    }
    if (const std::string source = definition_.stringAt("x-amazon-apigateway-api-key-source"); !source.empty()) {
      api.set("apiKeySource", upper(source));
    }
    if (const Json& size = definition_["x-amazon-apigateway-minimum-compression-size"]; size.isInt()) {
      api.set("minimumCompressionSize", size);
    }
    if (const Json& policy = definition_["x-amazon-apigateway-policy"]; policy.isObject()) {
      api.set("policy", policy.write());
    }
    const Json& endpoint = definition_["x-amazon-apigateway-endpoint-configuration"];
    if (endpoint["disableExecuteApiEndpoint"].isBool()) {
      api.set("disableExecuteApiEndpoint", endpoint["disableExecuteApiEndpoint"]);
    }
  }

  void putModel(const std::string& name, const Json& schema) {
    Json model = Json::object({{"id", new_id_(6)}, {"name", name}, {"contentType", "application/json"}});
    copyMembers(schema, model, {"description"});
    model.set("schema", schemaOfModel(schema, document_["api"].stringAt("id")).write({.pretty = true}));
    at(document_, "models").set(name, model);
  }

  void importModels(const Json& schemas) {
    if (!schemas.isObject()) return;
    for (const auto& [name, schema] : schemas.asObject()) {
      if (schema.isObject()) putModel(name, schema);
    }
  }

  void importValidators() {
    const Json& validators = definition_["x-amazon-apigateway-request-validators"];
    if (!validators.isObject()) return;
    for (const auto& [name, each] : validators.asObject()) {
      const std::string id = new_id_(6);
      at(document_, "validators")
          .set(id, Json::object({{"id", id},
                                 {"name", name},
                                 {"validateRequestBody", each["validateRequestBody"] == Json(true)},
                                 {"validateRequestParameters", each["validateRequestParameters"] == Json(true)}}));
    }
  }

  base::Result<void> importAuthorizers(const Json& schemes) {
    if (!schemes.isObject()) return {};
    for (const auto& [name, scheme] : schemes.asObject()) {
      const Json& extension = scheme["x-amazon-apigateway-authorizer"];
      if (!extension.isObject()) continue;
      Json authorizer = Json::object({{"id", new_id_(6)}, {"name", name}, {"type", upper(extension.stringAt("type"))}});
      copyMembers(extension, authorizer,
                  {"authorizerUri", "authorizerCredentials", "identitySource", "providerARNs",
                   "identityValidationExpression", "authorizerResultTtlInSeconds"});
      authorizer.set("authType", scheme.stringAt("x-amazon-apigateway-authtype", "custom"));
      if (authorizer["type"] == Json("TOKEN") && !authorizer.contains("identitySource")) {
        authorizer.set("identitySource", "method.request.header." + scheme.stringAt("name", "Authorization"));
      }
      if (authorizer["type"] != Json("COGNITO_USER_POOLS") && !authorizer.contains("authorizerResultTtlInSeconds")) {
        authorizer.set("authorizerResultTtlInSeconds", 300);
      }
      const std::string type = authorizer.stringAt("type");
      if (type != "TOKEN" && type != "REQUEST" && type != "COGNITO_USER_POOLS") {
        return badRequest("Errors found during import:\n\tUnable to create authorizer '" + name +
                          "': Invalid authorizer type specified");
      }
      authorizer_ids_[name] = authorizer.stringAt("id");
      at(document_, "authorizers").set(authorizer.stringAt("id"), authorizer);
    }
    return {};
  }

  void importGatewayResponses() {
    const Json& responses = definition_["x-amazon-apigateway-gateway-responses"];
    if (!responses.isObject()) return;
    for (const auto& [type, each] : responses.asObject()) {
      Json response = Json::object({{"responseType", type}, {"defaultResponse", false}});
      if (const std::string status = textOf(each["statusCode"]); !status.empty()) response.set("statusCode", status);
      for (const char* map : {"responseParameters", "responseTemplates"}) {
        response.set(map, each[map].isObject() ? each[map] : Json::object());
      }
      at(document_, "gatewayResponses").set(type, response);
    }
  }

  void importDocumentation() {
    const Json& parts = definition_["x-amazon-apigateway-documentation"]["documentationParts"];
    if (!parts.isArray()) return;
    for (const Json& each : parts.asArray()) {
      const std::string id = new_id_(6);
      const Json& properties = each["properties"];
      at(document_, "documentationParts")
          .set(id, Json::object({{"id", id},
                                 {"location", each["location"]},
                                 {"properties", properties.isString() ? properties.asString() : properties.write()}}));
    }
  }

  /// What stands before each path: nothing, the whole base path, or without its first part (which a stage takes).
  std::string basePath(bool swagger) const {
    std::string path = definition_.stringAt("basePath");
    if (!swagger) {
      const Json& server = definition_["servers"][std::size_t{0}];
      path = server["variables"]["basePath"].stringAt("default");
      if (path.empty()) {
        const std::string url = server.stringAt("url");
        const std::size_t host = url.find("://");
        const std::size_t slash = host == std::string::npos ? url.find('/') : url.find('/', host + 3);
        path = slash == std::string::npos ? "" : url.substr(slash);
        if (path.find('{') != std::string::npos) path.clear();
      }
    }
    if (!path.empty() && path.front() != '/') path.insert(0, "/");
    while (!path.empty() && path.back() == '/') path.pop_back();
    switch (options_.base_path) {
      case ImportOptions::BasePath::Ignore:
        return "";
      case ImportOptions::BasePath::Prepend:
        return path;
      case ImportOptions::BasePath::Split: {
        const std::size_t second = path.find('/', 1);
        return second == std::string::npos ? "" : path.substr(second);
      }
    }
    return "";
  }

  /// "#/a/b/c" within the definition; one step, and only there.
  const Json& resolve(const Json& value) const {
    const std::string reference = value.stringAt("$ref");
    if (!reference.starts_with("#/")) return value;
    const Json* found = &definition_;
    std::string_view rest = std::string_view(reference).substr(2);
    while (found && !rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      std::string name(rest.substr(0, end));
      for (std::size_t i; (i = name.find("~1")) != std::string::npos;) name.replace(i, 2, "/");
      found = found->find(name);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found ? *found : value;
  }

  /// The resource of a path, made with all above it.
  base::Result<std::string> resourceOf(const std::string& path) {
    std::string id = document_["api"].stringAt("rootResourceId");
    std::string_view rest = path;
    std::string so_far;
    while (!rest.empty()) {
      rest.remove_prefix(rest.front() == '/' ? 1 : 0);
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const std::string part(rest.substr(0, end));
      rest.remove_prefix(end);
      if (part.empty()) continue;
      so_far += "/" + part;
      std::string child;
      for (const auto& [each, resource] : document_["resources"].asObject()) {
        if (resource.stringAt("parentId") == id && resource.stringAt("pathPart") == part) child = each;
      }
      if (child.empty()) {
        if (document_["resources"].size() >= kMaxResources) {
          return badRequest("Errors found during import:\n\tUnable to create resource at path '" + so_far +
                            "': Maximum number of resources for this API has been reached.");
        }
        child = new_id_(6);
        at(document_, "resources")
            .set(child, Json::object({{"id", child}, {"parentId", id}, {"pathPart", part}, {"path", so_far}}));
      }
      id = child;
    }
    return id;
  }

  base::Result<void> importPath(const std::string& path, const Json& item_or_reference) {
    const Json& item = resolve(item_or_reference);
    TRY_ASSIGN(const std::string resource, resourceOf(path));
    if (!item.isObject()) return {};
    for (const auto& [name, operation] : item.asObject()) {
      const bool any = name == kAnyMethod;
      if (!any && std::find(std::begin(kMethods), std::end(kMethods), name) == std::end(kMethods)) continue;
      TRY(importOperation(path, resource, any ? "ANY" : upper(name), item, operation));
    }
    return {};
  }

  base::Result<void> importOperation(const std::string& path, const std::string& resource, const std::string& name,
                                     const Json& item, const Json& operation) {
    Json method = Json::object({{"httpMethod", name}, {"authorizationType", "NONE"}, {"apiKeyRequired", false}});
    importSecurity(operation, method);
    if (!operation.stringAt("operationId").empty()) method.set("operationName", operation["operationId"]);
    for (const Json* parameters : {&item["parameters"], &operation["parameters"]}) {
      if (!parameters->isArray()) continue;
      for (const Json& each : parameters->asArray()) importParameter(resolve(each), operation, method);
    }
    importRequestBody(resolve(operation["requestBody"]), method);
    importResponses(operation, method);
    std::string validator = definition_.stringAt("x-amazon-apigateway-request-validator");
    validator = operation.stringAt("x-amazon-apigateway-request-validator", validator);
    if (!validator.empty() && document_["validators"].isObject()) {
      for (const auto& [id, each] : document_["validators"].asObject()) {
        if (each["name"] == Json(validator)) method.set("requestValidatorId", id);
      }
    }
    const Json& integration = resolve(operation["x-amazon-apigateway-integration"]);
    if (integration.isObject()) {
      auto made = importIntegration(integration, resource);
      if (!made.ok()) {
        return badRequest("Errors found during import:\n\tUnable to put integration on '" + name +
                          "' for resource at path '" + path + "': " + made.error().message);
      }
      method.set("methodIntegration", std::move(made).value());
    }
    at(at(at(document_, "resources"), resource), "resourceMethods").set(name, method);
    return {};
  }

  void importSecurity(const Json& operation, Json& method) {
    const Json& own = operation["security"];
    const Json& security = own.isArray() ? own : definition_["security"];
    const Json& schemes = definition_.contains("swagger") ? definition_["securityDefinitions"]
                                                          : definition_["components"]["securitySchemes"];
    if (security.isArray()) {
      for (const Json& requirement : security.asArray()) {
        if (!requirement.isObject()) continue;
        for (const auto& [name, scopes] : requirement.asObject()) {
          const Json& scheme = schemes[name];
          if (const auto found = authorizer_ids_.find(name); found != authorizer_ids_.end()) {
            const bool cognito = document_["authorizers"][found->second]["type"] == Json("COGNITO_USER_POOLS");
            method.set("authorizationType", cognito ? "COGNITO_USER_POOLS" : "CUSTOM");
            method.set("authorizerId", found->second);
            if (!scopes.empty()) method.set("authorizationScopes", scopes);
          } else if (lower(scheme.stringAt("x-amazon-apigateway-authtype")) == "awssigv4") {
            method.set("authorizationType", "AWS_IAM");
          } else if (lower(scheme.stringAt("type")) == "apikey" && lower(scheme.stringAt("name")) == "x-api-key") {
            method.set("apiKeyRequired", true);
          }
        }
      }
    }
    const std::string type = upper(operation["x-amazon-apigateway-auth"].stringAt("type"));
    if (type == "AWS_IAM" || type == "NONE") {
      method.set("authorizationType", type);
      if (type == "NONE") method.erase("authorizerId");
    }
  }

  /// The name of the model for a schema: the one that it refers to, or a new one of the schema's own.
  std::string modelOf(const Json& schema) {
    const std::string reference = schema.stringAt("$ref");
    if (const std::size_t slash = reference.rfind('/'); slash != std::string::npos) return reference.substr(slash + 1);
    if (schema.empty()) return "Empty";
    const std::string name = "MODEL" + new_id_(6);
    putModel(name, schema);
    return name;
  }

  void importParameter(const Json& parameter, const Json& operation, Json& method) {
    const std::string place = parameter.stringAt("in");
    const std::string name = parameter.stringAt("name");
    if (place == "body") {
      const Json& own = operation["consumes"];
      const Json& consumes = own.isArray() ? own : definition_["consumes"];
      const std::string model = modelOf(parameter["schema"]);
      if (!consumes.isArray() || consumes.empty()) {
        at(method, "requestModels").set("application/json", model);
      } else {
        for (const Json& type : consumes.asArray()) at(method, "requestModels").set(textOf(type), model);
      }
      return;
    }
    const char* location = place == "query"    ? "querystring"
                           : place == "header" ? "header"
                           : place == "path"   ? "path"
                                               : nullptr;
    if (location && !name.empty()) {
      at(method, "requestParameters")
          .set(std::string("method.request.") + location + "." + name, parameter["required"] == Json(true));
    }
  }

  void importRequestBody(const Json& body, Json& method) {
    if (!body["content"].isObject()) return;
    for (const auto& [type, content] : body["content"].asObject()) {
      at(method, "requestModels").set(type, modelOf(content["schema"]));
    }
  }

  void importResponses(const Json& operation, Json& method) {
    if (!operation["responses"].isObject()) return;
    const Json& produces = operation["produces"].isArray() ? operation["produces"] : definition_["produces"];
    for (const auto& [status, reference] : operation["responses"].asObject()) {
      if (status.size() != 3 || !std::isdigit(static_cast<unsigned char>(status[0]))) continue;
      const Json& each = resolve(reference);
      Json response = Json::object({{"statusCode", status}});
      if (each["headers"].isObject()) {
        for (const auto& [header, schema] : each["headers"].asObject()) {
          at(response, "responseParameters").set("method.response.header." + header, false);
        }
      }
      if (each["schema"].isObject()) {
        const std::string type =
            produces.isArray() && !produces.empty() ? textOf(produces[std::size_t{0}]) : "application/json";
        at(response, "responseModels").set(type, modelOf(each["schema"]));
      }
      if (each["content"].isObject()) {
        for (const auto& [type, content] : each["content"].asObject()) {
          at(response, "responseModels").set(type, modelOf(content["schema"]));
        }
      }
      at(method, "methodResponses").set(status, response);
    }
  }

  Outcome importIntegration(const Json& extension, const std::string& resource) {
    Json fields = extension;
    fields.set("type", upper(extension.stringAt("type")));
    if (extension.contains("httpMethod")) fields.set("httpMethod", upper(extension.stringAt("httpMethod")));
    if (const std::string passthrough = upper(extension.stringAt("passthroughBehavior")); !passthrough.empty()) {
      fields.set("passthroughBehavior", passthrough);
    }
    if (const std::string handling = upper(extension.stringAt("contentHandling")); !handling.empty()) {
      fields.set("contentHandling", handling);
    }
    TRY_ASSIGN(Json integration, makeIntegration(fields, resource));
    if (!extension["responses"].isObject()) return integration;
    for (const auto& [pattern, each] : extension["responses"].asObject()) {
      const std::string status = textOf(each["statusCode"]);
      if (status.empty()) continue;
      Json response = Json::object({{"statusCode", status}});
      if (pattern != "default") response.set("selectionPattern", pattern);
      copyMembers(each, response, {"responseParameters", "responseTemplates"});
      for (const char* map : {"responseParameters", "responseTemplates"}) {
        if (response[map].empty()) response.erase(map);
      }
      if (const std::string handling = upper(each.stringAt("contentHandling")); !handling.empty()) {
        response.set("contentHandling", handling);
      }
      at(integration, "integrationResponses").set(status, response);
    }
    return integration;
  }

  const Json& definition_;
  const ImportOptions& options_;
  const std::function<std::string(std::size_t)>& new_id_;
  Json& document_;
  std::map<std::string, std::string> authorizer_ids_;
};

}  // namespace

base::Result<void> importOpenApi(const Json& definition, const ImportOptions& options,
                                 const std::function<std::string(std::size_t)>& new_id, Json& document) {
  return Import(definition, options, new_id, document).run();
}

}  // namespace thimble::services::apigateway
