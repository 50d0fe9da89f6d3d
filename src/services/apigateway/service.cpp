#include "services/apigateway/service.h"

#include "base/arn.h"
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/test_invoke.h"

namespace thimble::services::apigateway {
namespace {

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
  // An API's policy, for "arn:aws:execute-api:region:account:api/stage/METHOD/path".
  registry.addResourcePolicy("execute-api",
                             [](store::Transaction& transaction, const std::string& arn) -> std::optional<std::string> {
                               const auto parsed = base::parseArn(arn);
                               if (!parsed) return std::nullopt;
                               const std::string& resource = parsed->resource;
                               const auto api = findApi(transaction, resource.substr(0, resource.find('/')));
                               const std::string policy = api ? api->document["api"].stringAt("policy") : "";
                               return policy.empty() ? std::nullopt : std::optional(policy);
                             });
  addOperation<shapes::apigateway::CreateVpcLink>(registry, createVpcLink);
  addOperation<shapes::apigateway::GetVpcLink>(registry, missingVpcLink);
  addOperation<shapes::apigateway::DeleteVpcLink>(registry, missingVpcLink);
}

}  // namespace thimble::services::apigateway
