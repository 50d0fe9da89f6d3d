#include "services/apigateway/service.h"

#include "base/arn.h"
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/test_invoke.h"

namespace thimble::services::apigateway {
namespace {

/// "execute-api:/stage/METHOD/path" is short for the ARN within the API.
Json withWholeArns(const Json& resource, const std::string& prefix) {
  constexpr std::string_view kShort = "execute-api:/";
  if (resource.isString() && resource.asString().starts_with(kShort)) {
    return prefix + resource.asString().substr(kShort.size());
  }
  if (!resource.isArray()) return resource;
  Json out = Json::array();
  for (const Json& each : resource.asArray()) out.push(withWholeArns(each, prefix));
  return out;
}

/// An API's policy, for "arn:aws:execute-api:region:account:api/stage/METHOD/path".
std::optional<std::string> policyOf(store::Transaction& transaction, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn) return std::nullopt;
  const std::string id = arn->resource.substr(0, arn->resource.find('/'));
  const auto api = findApi(transaction, id);
  const std::string policy = api ? api->document["api"].stringAt("policy") : "";
  auto parsed = Json::parse(policy, {.max_depth = 32});
  if (!parsed.ok()) return std::nullopt;
  const std::string prefix = "arn:aws:execute-api:" + api->region + ":" + api->account + ":" + id + "/";
  Json statements = parsed.value()["Statement"];
  if (statements.isObject()) statements = Json::array({statements});
  if (!statements.isArray()) return std::nullopt;
  for (Json& statement : statements.mutableArray()) {
    for (const char* name : {"Resource", "NotResource"}) {
      if (statement.contains(name)) statement.set(name, withWholeArns(statement[name], prefix));
    }
  }
  parsed->set("Statement", statements);
  return parsed->write();
}

base::ApiError vpcLinkNotFound() {
  return notFound("Invalid Vpc Link identifier specified");
}

/// VPC links lead into networks that are not here: none can be made, so none is found.
Outcome createVpcLink(dispatch::Context&, const Json& input) {
  if (input.stringAt("name").empty()) return badRequest("Name cannot be empty");
  if (input["targetArns"].isArray()) {
    for (const Json& arn : input["targetArns"].asArray()) {
      if (!arn.isString() || !arn.asString().starts_with("arn:")) {
        return badRequest("Invalid ARN. ARN is not well formed " + (arn.isString() ? arn.asString() : arn.write()));
      }
    }
  }
  return base::ApiError{"NotImplemented", "Thimble does not implement VPC links.", 501};
}
Outcome missingVpcLink(dispatch::Context&, const Json&) {
  return vpcLinkNotFound();
}

}  // namespace

void registerOperations(dispatch::Registry& registry, Outbound outbound) {
  registerRestApis(registry);
  registerImports(registry);
  registerExports(registry);
  registerResources(registry);
  registerMethods(registry);
  registerIntegrations(registry);
  registerModels(registry);
  registerAuthorizers(registry);
  registerGatewayResponses(registry);
  registerDocumentation(registry);
  registerDeployments(registry);
  registerStages(registry);
  registerKeys(registry);
  registerAccount(registry);
  registerTestInvoke(registry, std::move(outbound));
  registry.addResourcePolicy("execute-api", policyOf);
  addOperation<shapes::apigateway::CreateVpcLink>(registry, createVpcLink);
  addOperation<shapes::apigateway::GetVpcLink>(registry, missingVpcLink);
  addOperation<shapes::apigateway::DeleteVpcLink>(registry, missingVpcLink);
}

}  // namespace thimble::services::apigateway
