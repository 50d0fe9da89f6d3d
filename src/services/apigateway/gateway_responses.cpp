// PutGatewayResponse, GetGatewayResponse, GetGatewayResponses, UpdateGatewayResponse, DeleteGatewayResponse.
#include "services/apigateway/errors.h"
#include "services/apigateway/gateway_response.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr GatewayResponseType kTypes[] = {
    {"ACCESS_DENIED", "403", "AccessDeniedException"},
    {"API_CONFIGURATION_ERROR", "500", "InternalServerErrorException"},
    {"AUTHORIZER_CONFIGURATION_ERROR", "500", "AuthorizerConfigurationException"},
    {"AUTHORIZER_FAILURE", "500", "AuthorizerConfigurationException"},
    {"BAD_REQUEST_BODY", "400", "BadRequestException"},
    {"BAD_REQUEST_PARAMETERS", "400", "BadRequestException"},
    {"DEFAULT_4XX", "", "BadRequestException"},
    {"DEFAULT_5XX", "", "InternalServerErrorException"},
    {"EXPIRED_TOKEN", "403", "ExpiredTokenException"},
    {"INTEGRATION_FAILURE", "504", "InternalServerErrorException"},
    {"INTEGRATION_TIMEOUT", "504", "InternalServerErrorException"},
    {"INVALID_API_KEY", "403", "ForbiddenException"},
    {"INVALID_SIGNATURE", "403", "InvalidSignatureException"},
    {"MISSING_AUTHENTICATION_TOKEN", "403", "MissingAuthenticationTokenException"},
    {"QUOTA_EXCEEDED", "429", "LimitExceededException"},
    {"REQUEST_TOO_LARGE", "413", "RequestTooLargeException"},
    {"RESOURCE_NOT_FOUND", "404", "NotFoundException"},
    {"THROTTLED", "429", "TooManyRequestsException"},
    {"UNAUTHORIZED", "401", "UnauthorizedException"},
    {"UNSUPPORTED_MEDIA_TYPE", "415", "UnsupportedMediaTypeException"},
    {"WAF_FILTERED", "403", "ForbiddenException"},
};

base::Result<const GatewayResponseType*> typeOf(const Json& input) {
  const GatewayResponseType* type = findGatewayResponseType(input.stringAt("responseType"));
  if (!type) return notFound("Invalid Gateway Response Type specified");
  return type;
}

Outcome putGatewayResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const GatewayResponseType* type, typeOf(input));
  Json response = Json::object({{"responseType", type->name}});
  copyMembers(input, response, {"statusCode"});
  response.set("responseParameters",
               input["responseParameters"].isObject() ? input["responseParameters"] : Json::object());
  response.set("responseTemplates",
               input["responseTemplates"].isObject() ? input["responseTemplates"] : Json::object());
  response.set("defaultResponse", false);
  at(api.document, "gatewayResponses").set(type->name, response);
  saveApi(context, api);
  return gatewayResponse(api.document, *type);
}

Outcome getGatewayResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const GatewayResponseType* type, typeOf(input));
  return gatewayResponse(api.document, *type);
}

Outcome getGatewayResponses(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  for (const GatewayResponseType& type : kTypes) items.push_back(gatewayResponse(api.document, type));
  return page(std::move(items), input);
}

Outcome updateGatewayResponse(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/statusCode"},
      {"/responseParameters/*", PatchType::Text, kAdd | kReplace | kRemove, "Invalid parameter name specified"},
      {"/responseTemplates/*", PatchType::Text, kAdd | kReplace | kRemove, "Content-Type specified was not found"},
  };
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const GatewayResponseType* type, typeOf(input));
  Json response = gatewayResponse(api.document, *type);
  for (const Patch& patch : patchesOf(input)) {
    const bool map = patch.segments.size() == 2;
    if (map && patch.op != "remove" && patch.text().empty()) {
      if (patch.segments[0] == "responseTemplates" || patch.segments[0] == "responseParameters") {
        return badRequest("Invalid null or empty value in " + patch.segments[0]);
      }
    }
    TRY(applyPatch(response, patch, kRules, PatchStyle::Plain));
  }
  for (const char* map : {"responseParameters", "responseTemplates"}) {
    if (!response.contains(map)) response.set(map, Json::object());
  }
  response.set("defaultResponse", false);
  at(api.document, "gatewayResponses").set(type->name, response);
  saveApi(context, api);
  return gatewayResponse(api.document, *type);
}

Outcome deleteGatewayResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const GatewayResponseType* type, typeOf(input));
  if (!api.document["gatewayResponses"].contains(type->name))
    return notFound("Gateway response type not defined on api");
  at(api.document, "gatewayResponses").erase(type->name);
  saveApi(context, api);
  return Json::object();
}

}  // namespace

std::span<const GatewayResponseType> gatewayResponseTypes() {
  return kTypes;
}

const GatewayResponseType* findGatewayResponseType(std::string_view name) {
  for (const GatewayResponseType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

Json gatewayResponse(const Json& document, const GatewayResponseType& type) {
  const Json* own = document["gatewayResponses"].find(type.name);
  Json response =
      own ? *own
          : Json::object({{"responseType", type.name},
                          {"responseParameters", Json::object()},
                          {"responseTemplates",
                           Json::object({{"application/json", "{\"message\":$context.error.messageString}"}})},
                          {"defaultResponse", true}});
  if (!response.contains("statusCode") && !type.status.empty()) response.set("statusCode", type.status);
  return response;
}

void registerGatewayResponses(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<PutGatewayResponse>(registry, putGatewayResponse);
  addOperation<GetGatewayResponse>(registry, getGatewayResponse);
  addOperation<GetGatewayResponses>(registry, getGatewayResponses);
  addOperation<UpdateGatewayResponse>(registry, updateGatewayResponse);
  addOperation<DeleteGatewayResponse>(registry, deleteGatewayResponse);
}

}  // namespace thimble::services::apigateway
