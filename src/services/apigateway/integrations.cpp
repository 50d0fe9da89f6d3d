// PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration, and the same of integration responses.
#include <algorithm>

#include "base/arn.h"
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr PatchRule kIntegrationRules[] = {
    {"/uri", PatchType::Text, kAdd | kReplace},
    {"/httpMethod", PatchType::Text, kReplace},
    {"/credentials", PatchType::Text, kAdd | kReplace | kRemove},
    {"/passthroughBehavior", PatchType::Text, kReplace},
    {"/contentHandling", PatchType::Text, kAdd | kReplace | kRemove},
    {"/timeoutInMillis", PatchType::Integer, kReplace},
    {"/cacheNamespace", PatchType::Text, kReplace},
    {"/connectionType", PatchType::Text, kReplace},
    {"/connectionId", PatchType::Text, kReplace},
    {"/tlsConfig/insecureSkipVerification", PatchType::Boolean, kReplace},
    {"/cacheKeyParameters/*", PatchType::ListItem, kAdd | kRemove},
    {"/requestParameters/*", PatchType::Text, kAdd | kReplace | kRemove, "Invalid parameter name specified"},
    {"/requestTemplates/*", PatchType::Text, kAdd | kReplace | kRemove, "Content-Type specified was not found"},
    {"/requestTemplates", PatchType::Text, kRemove},
};
constexpr PatchRule kResponseRules[] = {
    {"/selectionPattern", PatchType::Text, kAdd | kReplace | kRemove},
    {"/contentHandling", PatchType::Text, kAdd | kReplace | kRemove},
    {"/responseParameters/*", PatchType::Text, kAdd | kReplace | kRemove, "Invalid parameter name specified"},
    {"/responseTemplates/*", PatchType::Text, kAdd | kReplace | kRemove, "Content-Type specified was not found"},
};

base::Result<Api> loadWithResource(dispatch::Context& context, const Json& input) {
  auto api = findApi(context.transaction(), input.stringAt("restApiId"));
  if (!api || api->account != context.account() || api->region != context.region() ||
      !api->document["resources"].contains(input.stringAt("resourceId"))) {
    return resourceNotFound();
  }
  return *std::move(api);
}

base::Result<void> checkUri(const std::string& type, const std::string& uri, const std::string& credentials) {
  if (type == "MOCK") return {};
  if (type == "HTTP" || type == "HTTP_PROXY") {
    if (uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("${stageVariables.")) return {};
    return badRequest("Invalid HTTP endpoint specified for URI");
  }
  const auto arn = base::parseArn(uri);
  if (!arn) return badRequest("Invalid ARN specified in the request");
  if (!arn->resource.starts_with("path/") && !arn->resource.starts_with("action/")) {
    return badRequest("AWS ARN for integration must contain path or action");
  }
  // The place of the account holds the service in an integration's ARN.
  const std::string& service = arn->account;
  if (type == "AWS_PROXY" && service != "lambda" && service != "firehose") {
    return badRequest(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
        "invocations.");
  }
  if (service != "lambda" && credentials.empty()) {
    return badRequest("Role ARN must be specified for AWS integrations");
  }
  return {};
}

Outcome putIntegration(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  Json fields = input;
  fields.set("httpMethod", input["integrationHttpMethod"]);
  TRY_ASSIGN(Json integration, makeIntegration(fields, input.stringAt("resourceId")));
  TRY_ASSIGN(Json * method, findMethod(api.document, input));
  // The responses of an integration that is put again stay.
  if (const Json* responses = (*method)["methodIntegration"].find("integrationResponses")) {
    integration.set("integrationResponses", *responses);
  }
  method->set("methodIntegration", integration);
  saveApi(context, api);
  integration.erase("integrationResponses");
  return integration;
}

base::Result<Json*> findIntegration(Json& document, const Json& input) {
  TRY_ASSIGN(Json * method, findMethod(document, input));
  Json* integration = findMutable(*method, "methodIntegration");
  if (!integration) return integrationNotFound();
  return integration;
}

Outcome getIntegration(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(const Json* integration, findIntegration(api.document, input));
  return *integration;
}

Outcome updateIntegration(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * integration, findIntegration(api.document, input));
  TRY(applyPatches(*integration, input, kIntegrationRules, PatchStyle::Plain));
  TRY(checkUri(integration->stringAt("type"), integration->stringAt("uri"), integration->stringAt("credentials")));
  if (!integration->contains("cacheKeyParameters")) integration->set("cacheKeyParameters", Json::array());
  saveApi(context, api);
  return *integration;
}

Outcome deleteIntegration(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY(findIntegration(api.document, input));
  TRY_ASSIGN(Json * method, findMethod(api.document, input));
  method->erase("methodIntegration");
  saveApi(context, api);
  return Json::object();
}

/// Where a method is missing, these answer that its integration is.
base::Result<Json*> findIntegrationOfResponse(Json& document, const Json& input) {
  auto integration = findIntegration(document, input);
  if (!integration.ok()) return integrationNotFound();
  return integration;
}

base::Result<Json*> findResponse(Json& document, const Json& input) {
  TRY_ASSIGN(Json * integration, findIntegrationOfResponse(document, input));
  Json* responses = findMutable(*integration, "integrationResponses");
  Json* response = responses ? findMutable(*responses, input.stringAt("statusCode")) : nullptr;
  if (!response) return responseNotFound();
  return response;
}

Outcome putIntegrationResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * integration, findIntegrationOfResponse(api.document, input));
  const std::string status = input.stringAt("statusCode");
  Json response = Json::object({{"statusCode", status}});
  copyMembers(input, response, {"responseParameters", "responseTemplates", "contentHandling"});
  if (input["selectionPattern"].isString()) response.set("selectionPattern", input["selectionPattern"]);
  for (const char* map : {"responseParameters", "responseTemplates"}) {
    if (response[map].empty()) response.erase(map);
  }
  at(*integration, "integrationResponses").set(status, response);
  saveApi(context, api);
  return response;
}

Outcome getIntegrationResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(const Json* response, findResponse(api.document, input));
  return *response;
}

Outcome updateIntegrationResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * response, findResponse(api.document, input));
  TRY(applyPatches(*response, input, kResponseRules, PatchStyle::Plain));
  saveApi(context, api);
  return *response;
}

Outcome deleteIntegrationResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY(findResponse(api.document, input));
  TRY_ASSIGN(Json * integration, findIntegration(api.document, input));
  at(*integration, "integrationResponses").erase(input.stringAt("statusCode"));
  if ((*integration)["integrationResponses"].empty()) integration->erase("integrationResponses");
  saveApi(context, api);
  return Json::object();
}

}  // namespace

Outcome makeIntegration(const Json& fields, const std::string& cache_namespace) {
  const std::string type = fields.stringAt("type");
  if (type != "HTTP" && type != "HTTP_PROXY" && type != "AWS" && type != "AWS_PROXY" && type != "MOCK") {
    return badRequest("Invalid integration type specified. Valid options are HTTP,AWS,MOCK,HTTP_PROXY,AWS_PROXY");
  }
  if (type != "MOCK" && fields.stringAt("httpMethod").empty() && type != "AWS_PROXY") {
    return badRequest("Enumeration value for HttpMethod must be non-empty");
  }
  TRY(checkUri(type, fields.stringAt("uri"), fields.stringAt("credentials")));
  if (type == "AWS_PROXY" && fields.stringAt("httpMethod").empty()) {
    return badRequest("Enumeration value for HttpMethod must be non-empty");
  }
  const Json& timeout = fields["timeoutInMillis"];
  if (timeout.isInt() && (timeout.asInt() < 50 || timeout.asInt() > 29000)) {
    return badRequest("Timeout should be between 50 ms and 29000 ms");
  }
  Json integration = Json::object({{"type", type}});
  if (type != "MOCK") copyMembers(fields, integration, {"httpMethod", "uri"});
  copyMembers(fields, integration,
              {"connectionId", "credentials", "requestParameters", "requestTemplates", "contentHandling", "tlsConfig",
               "responseTransferMode"});
  for (const char* map : {"requestParameters", "requestTemplates"}) {
    if (integration[map].empty()) integration.erase(map);
  }
  if (type == "HTTP" || type == "HTTP_PROXY") {
    integration.set("connectionType", fields.stringAt("connectionType", "INTERNET"));
  }
  const std::string passthrough = fields.stringAt("passthroughBehavior", "WHEN_NO_MATCH");
  if (passthrough != "WHEN_NO_MATCH" && passthrough != "WHEN_NO_TEMPLATES" && passthrough != "NEVER") {
    return badRequest(
        "Invalid passthrough behavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER");
  }
  integration.set("passthroughBehavior", passthrough);
  integration.set("timeoutInMillis", timeout.isInt() ? timeout : Json(29000));
  integration.set("cacheNamespace", fields.stringAt("cacheNamespace", cache_namespace));
  integration.set("cacheKeyParameters",
                  fields["cacheKeyParameters"].isArray() ? fields["cacheKeyParameters"] : Json::array());
  return integration;
}

void registerIntegrations(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<PutIntegration>(registry, putIntegration);
  addOperation<GetIntegration>(registry, getIntegration);
  addOperation<UpdateIntegration>(registry, updateIntegration);
  addOperation<DeleteIntegration>(registry, deleteIntegration);
  addOperation<PutIntegrationResponse>(registry, putIntegrationResponse);
  addOperation<GetIntegrationResponse>(registry, getIntegrationResponse);
  addOperation<UpdateIntegrationResponse>(registry, updateIntegrationResponse);
  addOperation<DeleteIntegrationResponse>(registry, deleteIntegrationResponse);
}

}  // namespace thimble::services::apigateway
