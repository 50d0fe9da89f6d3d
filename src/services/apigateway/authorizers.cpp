// CreateAuthorizer, GetAuthorizer, GetAuthorizers, UpdateAuthorizer, DeleteAuthorizer.
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError authorizerNotFound() {
  return notFound("Invalid Authorizer identifier specified");
}

base::Result<void> check(const Json& authorizer) {
  const std::string type = authorizer.stringAt("type");
  if (authorizer.stringAt("name").empty()) return badRequest("Authorizer name cannot be blank");
  const Json& ttl = authorizer["authorizerResultTtlInSeconds"];
  if (ttl.isInt() && (ttl.asInt() < 0 || ttl.asInt() > 3600)) {
    return badRequest("Authorizer result TTL must be between 0 and 3600 seconds");
  }
  if (type == "COGNITO_USER_POOLS") return {};
  const std::string uri = authorizer.stringAt("authorizerUri");
  if (uri.find(":lambda:path/") == std::string::npos || !uri.ends_with("/invocations")) {
    return badRequest("Invalid Authorizer URI: " + uri +
                      ". Authorizer URI should be a valid API Gateway ARN that "
                      "represents a Lambda function invocation.");
  }
  const std::string source = authorizer.stringAt("identitySource");
  if (type == "TOKEN" && !source.starts_with("method.request.header.")) {
    return badRequest("Identity source for TOKEN authorizers must be a single header");
  }
  if (type == "REQUEST" && source.empty() && !(ttl.isInt() && ttl.asInt() == 0)) {
    return badRequest("Identity source is required when authorization caching is enabled for REQUEST authorizers");
  }
  return {};
}

Outcome createAuthorizer(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  Json authorizer = Json::object({{"id", newId(context, 6)}});
  copyMembers(input, authorizer,
              {"name", "type", "providerARNs", "authorizerUri", "authorizerCredentials", "identitySource",
               "identityValidationExpression", "authorizerResultTtlInSeconds"});
  authorizer.set(
      "authType",
      input.stringAt("authType", input.stringAt("type") == "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom"));
  if (input.stringAt("type") != "COGNITO_USER_POOLS" && !input.contains("authorizerResultTtlInSeconds")) {
    authorizer.set("authorizerResultTtlInSeconds", 300);
  }
  TRY(check(authorizer));
  at(api.document, "authorizers").set(authorizer.stringAt("id"), authorizer);
  saveApi(context, api);
  return authorizer;
}

Outcome getAuthorizer(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const Json* found = api.ok() ? api->document["authorizers"].find(input.stringAt("authorizerId")) : nullptr;
  if (!found) return authorizerNotFound();
  return *found;
}

Outcome getAuthorizers(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  if (api.document["authorizers"].isObject()) {
    for (const auto& [id, authorizer] : api.document["authorizers"].asObject()) items.push_back(authorizer);
  }
  return page(std::move(items), input);
}

Outcome updateAuthorizer(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/name"},
      {"/type"},
      {"/authType"},
      {"/authorizerUri"},
      {"/authorizerCredentials"},
      {"/identitySource"},
      {"/identityValidationExpression"},
      {"/authorizerResultTtlInSeconds", PatchType::Integer},
      {"/providerARNs", PatchType::ListItem, kAdd | kRemove},
  };
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok()) return authorizerNotFound();
  Json* authorizer = findMutable(at(api->document, "authorizers"), input.stringAt("authorizerId"));
  if (!authorizer) return authorizerNotFound();
  TRY(applyPatches(*authorizer, input, kRules, PatchStyle::Listed));
  TRY(check(*authorizer));
  saveApi(context, *api);
  return *authorizer;
}

Outcome deleteAuthorizer(dispatch::Context& context, const Json& input) {
  auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string id = input.stringAt("authorizerId");
  if (!api.ok() || !api->document["authorizers"].contains(id)) return authorizerNotFound();
  at(api->document, "authorizers").erase(id);
  saveApi(context, *api);
  return Json::object();
}

}  // namespace

void registerAuthorizers(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateAuthorizer>(registry, createAuthorizer);
  addOperation<GetAuthorizer>(registry, getAuthorizer);
  addOperation<GetAuthorizers>(registry, getAuthorizers);
  addOperation<UpdateAuthorizer>(registry, updateAuthorizer);
  addOperation<DeleteAuthorizer>(registry, deleteAuthorizer);
}

}  // namespace thimble::services::apigateway
