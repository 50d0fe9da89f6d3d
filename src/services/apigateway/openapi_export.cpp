// GetExport: a deployed API as an OpenAPI 3 or Swagger 2 definition.
#include <algorithm>
#include <cctype>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"

namespace thimble::services::apigateway {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

class Export {
 public:
  Export(const Json& document, bool oas3, const std::string& extensions)
      : document_(document),
        oas3_(oas3),
        integrations_(extensions == "integrations" || extensions == "apigateway"),
        authorizers_(extensions == "authorizers" || extensions == "apigateway") {}

  Json run(const std::string& region, const std::string& stage) {
    const Json& api = document_["api"];
    Json info = Json::object({{"title", api["name"]}});
    copyMembers(api, info, {"description"});
    info.set("version", api.contains("version") ? api["version"] : Json("1.0.0"));
    const std::string host = api.stringAt("id") + ".execute-api." + region + ".amazonaws.com";
    Json out = oas3_ ? Json::object({{"openapi", "3.0.1"}, {"info", info}})
                     : Json::object({{"swagger", "2.0"}, {"info", info}});
    if (oas3_) {
      out.set("servers",
              Json::array({Json::object(
                  {{"url", "https://" + host + "/{basePath}"},
                   {"variables", Json::object({{"basePath", Json::object({{"default", "/" + stage}})}})}})}));
    } else {
      out.set("host", host);
      out.set("basePath", "/" + stage);
      out.set("schemes", Json::array({"https"}));
    }
    Json paths = Json::object();
    for (const auto& [id, resource] : document_["resources"].asObject()) {
      if (!resource["resourceMethods"].isObject()) continue;
      Json& item = at(paths, resource.stringAt("path"));
      for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
        item.set(name == "ANY" ? "x-amazon-apigateway-any-method" : lower(name), operation(method));
      }
    }
    out.set("paths", paths);
    addSchemas(out);
    addSecurity(out);
    if (api["binaryMediaTypes"].isArray() && integrations_) {
      out.set("x-amazon-apigateway-binary-media-types", api["binaryMediaTypes"]);
    }
    return out;
  }

 private:
  Json reference(const std::string& model) const {
    used_models_.push_back(model);
    return Json::object({{"$ref", (oas3_ ? "#/components/schemas/" : "#/definitions/") + model}});
  }

  Json operation(const Json& method) {
    Json out = Json::object();
    if (method.contains("operationName")) out.set("operationId", method["operationName"]);
    if (method["requestParameters"].isObject()) {
      for (const auto& [name, required] : method["requestParameters"].asObject()) addParameter(out, name, required);
    }
    if (method["requestModels"].isObject()) addRequestModels(out, method["requestModels"]);
    Json responses = Json::object();
    if (method["methodResponses"].isObject()) {
      for (const auto& [status, each] : method["methodResponses"].asObject())
        responses.set(status, response(status, each));
    }
    out.set("responses", responses);
    Json security = Json::array();
    if (method["apiKeyRequired"] == Json(true)) security.push(Json::object({{"api_key", Json::array()}}));
    if (const Json* authorizer = document_["authorizers"].find(method.stringAt("authorizerId"))) {
      security.push(Json::object({{authorizer->stringAt("name"), Json::array()}}));
    }
    if (method["authorizationType"] == Json("AWS_IAM")) security.push(Json::object({{"sigv4", Json::array()}}));
    if (!security.empty()) out.set("security", security);
    if (integrations_ && method.contains("methodIntegration")) {
      out.set("x-amazon-apigateway-integration", integration(method["methodIntegration"]));
    }
    return out;
  }

  void addParameter(Json& out, const std::string& name, const Json& required) const {
    const std::string rest = name.substr(std::string_view("method.request.").size());
    const std::string place = rest.substr(0, rest.find('.'));
    Json parameter = Json::object({{"name", rest.substr(rest.find('.') + 1)},
                                   {"in", place == "querystring" ? "query" : place},
                                   {"required", place == "path" ? Json(true) : required}});
    if (oas3_) {
      parameter.set("schema", Json::object({{"type", "string"}}));
    } else {
      parameter.set("type", "string");
    }
    at(out, "parameters").push(parameter);
  }

  void addRequestModels(Json& out, const Json& models) const {
    for (const auto& [type, model] : models.asObject()) {
      const Json schema = reference(model.asString());
      if (oas3_) {
        at(at(out, "requestBody"), "content").set(type, Json::object({{"schema", schema}}));
        at(out, "requestBody").set("required", true);
      } else {
        at(out, "consumes").push(type);
        at(out, "parameters")
            .push(Json::object({{"in", "body"}, {"name", model}, {"required", true}, {"schema", schema}}));
      }
    }
  }

  Json response(const std::string& status, const Json& each) const {
    Json out = Json::object({{"description", status + " response"}});
    if (each["responseParameters"].isObject()) {
      for (const auto& [name, required] : each["responseParameters"].asObject()) {
        Json schema = Json::object({{"type", "string"}});
        if (oas3_) schema = Json::object({{"schema", schema}});
        at(out, "headers").set(name.substr(std::string_view("method.response.header.").size()), schema);
      }
    }
    if (each["responseModels"].isObject()) {
      for (const auto& [type, model] : each["responseModels"].asObject()) {
        const Json schema = reference(model.asString());
        if (oas3_) {
          at(out, "content").set(type, Json::object({{"schema", schema}}));
        } else {
          out.set("schema", schema);
        }
      }
    }
    return out;
  }

  static Json integration(const Json& each) {
    Json out = Json::object({{"type", lower(each.stringAt("type"))}});
    copyMembers(each, out,
                {"httpMethod", "uri", "credentials", "requestParameters", "requestTemplates", "contentHandling",
                 "timeoutInMillis", "connectionType", "connectionId"});
    out.set("passthroughBehavior", lower(each.stringAt("passthroughBehavior")));
    if (each["integrationResponses"].isObject()) {
      for (const auto& [status, response] : each["integrationResponses"].asObject()) {
        Json kept = Json::object({{"statusCode", status}});
        copyMembers(response, kept, {"responseParameters", "responseTemplates", "contentHandling"});
        at(out, "responses").set(response.stringAt("selectionPattern", "default"), kept);
      }
    }
    return out;
  }

  void addSchemas(Json& out) const {
    for (const std::string& name : used_models_) {
      const auto schema = Json::parse(document_["models"][name].stringAt("schema"), {.max_depth = 64});
      if (!schema.ok()) continue;
      if (oas3_) {
        at(at(out, "components"), "schemas").set(name, schema.value());
      } else {
        at(out, "definitions").set(name, schema.value());
      }
    }
  }

  void addSecurity(Json& out) const {
    Json schemes = Json::object();
    bool key = false;
    bool iam = false;
    for (const auto& [id, resource] : document_["resources"].asObject()) {
      if (!resource["resourceMethods"].isObject()) continue;
      for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
        key = key || method["apiKeyRequired"] == Json(true);
        iam = iam || method["authorizationType"] == Json("AWS_IAM");
      }
    }
    if (key) schemes.set("api_key", Json::object({{"type", "apiKey"}, {"name", "x-api-key"}, {"in", "header"}}));
    if (iam) {
      schemes.set("sigv4", Json::object({{"type", "apiKey"},
                                         {"name", "Authorization"},
                                         {"in", "header"},
                                         {"x-amazon-apigateway-authtype", "awsSigv4"}}));
    }
    if (document_["authorizers"].isObject()) {
      for (const auto& [id, each] : document_["authorizers"].asObject()) {
        Json scheme = Json::object({{"type", "apiKey"},
                                    {"name", "Authorization"},
                                    {"in", "header"},
                                    {"x-amazon-apigateway-authtype", each["authType"]}});
        if (authorizers_) {
          Json authorizer = Json::object({{"type", lower(each.stringAt("type"))}});
          copyMembers(each, authorizer,
                      {"authorizerUri", "authorizerCredentials", "identitySource", "providerARNs",
                       "identityValidationExpression", "authorizerResultTtlInSeconds"});
          scheme.set("x-amazon-apigateway-authorizer", authorizer);
        }
        schemes.set(each.stringAt("name"), scheme);
      }
    }
    if (schemes.empty()) return;
    if (oas3_) {
      at(out, "components").set("securitySchemes", schemes);
    } else {
      out.set("securityDefinitions", schemes);
    }
  }

  const Json& document_;
  const bool oas3_;
  const bool integrations_;
  const bool authorizers_;
  mutable std::vector<std::string> used_models_;
};

/// https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
Outcome getExport(dispatch::Context& context, const Json& input) {
  const std::string type = input.stringAt("exportType");
  if (type != "oas30" && type != "swagger") {
    return badRequest("No API exporter for type '" + type + "'");
  }
  const std::string accepts = input.stringAt("accepts", "application/json");
  if (accepts != "application/json") {
    return base::ApiError{"NotImplemented", "Thimble does not export as " + accepts + " yet.", 501};
  }
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string stage_name = input.stringAt("stageName");
  const auto stage = findPart(context.transaction(), api.id, Part::Stage, stage_name);
  const auto snapshot =
      stage ? findPart(context.transaction(), api.id, Part::Snapshot, stage->stringAt("deploymentId")) : std::nullopt;
  if (!snapshot) return notFound("Invalid stage identifier specified");
  Export exporter(*snapshot, type == "oas30", input["parameters"].stringAt("extensions"));
  const std::string created = std::to_string((*stage)["createdDate"].asInt() / 1000);
  return Json::object({{"contentType", "application/octet-stream"},
                       {"contentDisposition", "attachment; filename=\"" + type + "_" + created + ".json\""},
                       {"body", exporter.run(api.region, stage_name).write({.pretty = true})}});
}

}  // namespace

void registerExports(dispatch::Registry& registry) {
  addOperation<shapes::apigateway::GetExport>(registry, getExport);
}

}  // namespace thimble::services::apigateway
