// PutMethod, GetMethod, UpdateMethod, DeleteMethod, and the same of method responses.
#include <algorithm>
#include <set>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr PatchRule kMethodRules[] = {
    {"/authorizationType", PatchType::Text, kReplace},
    {"/authorizerId", PatchType::Text, kReplace},
    {"/authorizationScopes", PatchType::ListItem, kAdd | kRemove},
    {"/apiKeyRequired", PatchType::Boolean, kReplace},
    {"/operationName", PatchType::Text, kAdd | kReplace},
    {"/requestValidatorId", PatchType::Text, kReplace},
    {"/requestParameters/*", PatchType::Boolean, kAdd | kReplace | kRemove, "Invalid parameter name specified"},
    {"/requestModels/*", PatchType::Text, kAdd | kReplace | kRemove, "Content-Type specified was not found"},
};
constexpr PatchRule kResponseRules[] = {
    {"/responseParameters/*", PatchType::Boolean, kAdd | kReplace | kRemove, "Invalid parameter name specified"},
    {"/responseModels/*", PatchType::Text, kAdd | kReplace | kRemove, "Content-Type specified was not found"},
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// A document of the caller's and the resource in it that the input names.
base::Result<Api> loadWithResource(dispatch::Context& context, const Json& input) {
  auto api = findApi(context.transaction(), input.stringAt("restApiId"));
  if (!api || api->account != context.account() || api->region != context.region() ||
      !api->document["resources"].contains(input.stringAt("resourceId"))) {
    return resourceNotFound();
  }
  return *std::move(api);
}

base::Result<void> checkMethod(const Json& document, const Json& method) {
  const std::string type = method.stringAt("authorizationType");
  if (type != "NONE" && type != "AWS_IAM" && type != "CUSTOM" && type != "COGNITO_USER_POOLS") {
    return badRequest("Invalid Authorization Type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS");
  }
  if (type == "CUSTOM" || type == "COGNITO_USER_POOLS") {
    if (!document["authorizers"].contains(method.stringAt("authorizerId"))) {
      return badRequest(
          "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
          "COGNITO_USER_POOLS requires a valid authorizer.");
    }
  }
  if (method["requestModels"].isObject()) {
    for (const auto& [content_type, model] : method["requestModels"].asObject()) {
      if (!model.isString() || !document["models"].contains(model.asString())) {
        return badRequest("Invalid model identifier specified: " + (model.isString() ? model.asString() : "null"));
      }
    }
  }
  if (const std::string validator = method.stringAt("requestValidatorId");
      !validator.empty() && !document["validators"].contains(validator)) {
    return badRequest("Invalid Request Validator identifier specified");
  }
  std::set<std::string> names;
  if (method["requestParameters"].isObject()) {
    for (const auto& [name, required] : method["requestParameters"].asObject()) {
      std::string rest;
      for (std::string_view place : {"method.request.querystring.", "method.request.header.", "method.request.path.",
                                     "method.request.multivaluequerystring.", "method.request.multivalueheader."}) {
        if (name.starts_with(place)) rest = name.substr(place.size());
      }
      if (rest.empty()) {
        return badRequest(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid "
            "mapping expression parameter specified: " +
            name + "]");
      }
      if (!names.insert(rest).second) {
        return badRequest("Parameter names must be unique across querystring, header and path");
      }
    }
  }
  return {};
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html
Outcome putMethod(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  const std::string name = upper(input.stringAt("httpMethod"));
  static const std::set<std::string> kNames = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"};
  if (!kNames.count(name)) {
    return badRequest("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY");
  }
  Json method = Json::object({{"httpMethod", name},
                              {"authorizationType", upper(input.stringAt("authorizationType"))},
                              {"apiKeyRequired", input["apiKeyRequired"] == Json(true)}});
  copyMembers(input, method,
              {"authorizerId", "operationName", "requestValidatorId", "requestParameters", "requestModels",
               "authorizationScopes"});
  for (const char* map : {"requestParameters", "requestModels"}) {
    if (method[map].empty()) method.erase(map);
  }
  TRY(checkMethod(api.document, method));
  Json& methods = at(at(at(api.document, "resources"), input.stringAt("resourceId")), "resourceMethods");
  if (methods.contains(name)) return conflict("Method already exists for this resource");
  methods.set(name, method);
  saveApi(context, api);
  return method;
}

Outcome getMethod(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(const Json* method, findMethod(api.document, input));
  return *method;
}

Outcome updateMethod(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * method, findMethod(api.document, input));
  Json changed = *method;
  TRY(applyPatches(changed, input, kMethodRules, PatchStyle::Plain));
  TRY(checkMethod(api.document, changed));
  *method = changed;
  saveApi(context, api);
  return changed;
}

Outcome deleteMethod(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY(findMethod(api.document, input));
  Json& resource = at(at(api.document, "resources"), input.stringAt("resourceId"));
  at(resource, "resourceMethods").erase(input.stringAt("httpMethod"));
  if (resource["resourceMethods"].empty()) resource.erase("resourceMethods");
  saveApi(context, api);
  return Json::object();
}

base::Result<Json*> findResponse(Json& document, const Json& input) {
  TRY_ASSIGN(Json * method, findMethod(document, input));
  Json* responses = findMutable(*method, "methodResponses");
  Json* response = responses ? findMutable(*responses, input.stringAt("statusCode")) : nullptr;
  if (!response) return responseNotFound();
  return response;
}

Outcome putMethodResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * method, findMethod(api.document, input));
  const std::string status = input.stringAt("statusCode");
  if ((*method)["methodResponses"].contains(status)) return conflict("Response already exists for this resource");
  Json response = Json::object({{"statusCode", status}});
  copyMembers(input, response, {"responseParameters", "responseModels"});
  for (const char* map : {"responseParameters", "responseModels"}) {
    if (response[map].empty()) response.erase(map);
  }
  at(*method, "methodResponses").set(status, response);
  saveApi(context, api);
  return response;
}

Outcome getMethodResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(const Json* response, findResponse(api.document, input));
  return *response;
}

Outcome updateMethodResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY_ASSIGN(Json * response, findResponse(api.document, input));
  TRY(applyPatches(*response, input, kResponseRules, PatchStyle::Plain));
  saveApi(context, api);
  return *response;
}

Outcome deleteMethodResponse(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadWithResource(context, input));
  TRY(findResponse(api.document, input));
  TRY_ASSIGN(Json * method, findMethod(api.document, input));
  at(*method, "methodResponses").erase(input.stringAt("statusCode"));
  if ((*method)["methodResponses"].empty()) method->erase("methodResponses");
  saveApi(context, api);
  return Json::object();
}

}  // namespace

base::Result<Json*> findMethod(Json& document, const Json& input) {
  Json* resource = findMutable(at(document, "resources"), input.stringAt("resourceId"));
  if (!resource) return resourceNotFound();
  Json* methods = findMutable(*resource, "resourceMethods");
  Json* method = methods ? findMutable(*methods, input.stringAt("httpMethod")) : nullptr;
  if (!method) return methodNotFound();
  return method;
}

void registerMethods(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<PutMethod>(registry, putMethod);
  addOperation<GetMethod>(registry, getMethod);
  addOperation<UpdateMethod>(registry, updateMethod);
  addOperation<DeleteMethod>(registry, deleteMethod);
  addOperation<PutMethodResponse>(registry, putMethodResponse);
  addOperation<GetMethodResponse>(registry, getMethodResponse);
  addOperation<UpdateMethodResponse>(registry, updateMethodResponse);
  addOperation<DeleteMethodResponse>(registry, deleteMethodResponse);
}

}  // namespace thimble::services::apigateway
