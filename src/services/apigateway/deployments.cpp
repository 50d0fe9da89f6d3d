// CreateDeployment, GetDeployment, GetDeployments, UpdateDeployment, DeleteDeployment.
//
// A deployment is an immutable snapshot of the API's document; a stage points to one.
#include <algorithm>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError deploymentNotFound() {
  return notFound("Invalid Deployment identifier specified");
}

/// Every method must have an integration, and there must be one at all.
base::Result<void> checkDeployable(const Json& document) {
  bool any = false;
  for (const auto& [id, resource] : document["resources"].asObject()) {
    if (!resource["resourceMethods"].isObject()) continue;
    for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
      any = true;
      if (!method.contains("methodIntegration")) return badRequest("No integration defined for method");
    }
  }
  if (any) return {};
  return badRequest("The REST API doesn't contain any methods");
}

base::ApiError invalidContent(const std::string& what) {
  return badRequest("Invalid deployment content specified." + what);
}

/// Points the stage to the deployment, or makes it: all of it, or only its canary.
base::Result<void> updateStageOf(dispatch::Context& context, const Api& api, const std::string& deployment_id,
                                 const Json& input) {
  const std::string name = input.stringAt("stageName");
  const Json& canary = input["canarySettings"];
  if (canary.isObject() && name.empty()) {
    return invalidContent(
        "Non null and non empty stageName must be provided for canary deployment. Provided value is " +
        std::string(input.contains("stageName") ? "" : "null"));
  }
  if (name.empty()) return {};
  TRY(checkStageName(name));
  auto stage = findPart(context.transaction(), api.id, Part::Stage, name);
  if (canary.isObject()) {
    if (!stage) {
      return invalidContent("Stage " + name + " must already be created before making a canary release deployment");
    }
    Json settings = Json::object({{"deploymentId", deployment_id}, {"percentTraffic", 0.0}, {"useStageCache", false}});
    copyMembers(canary, settings, {"percentTraffic", "stageVariableOverrides", "useStageCache"});
    stage->set("canarySettings", settings);
  } else if (!stage) {
    Json fields = input;
    fields.set("description", input["stageDescription"]);
    fields.erase("canarySettings");
    stage = newStage(context, name, deployment_id, fields);
  } else {
    stage->set("deploymentId", deployment_id);
    if (input.contains("stageDescription")) stage->set("description", input["stageDescription"]);
    if (input["variables"].isObject()) {
      for (const auto& [variable, value] : input["variables"].asObject()) at(*stage, "variables").set(variable, value);
    }
  }
  stage->set("lastUpdatedDate", context.now().seconds() * 1000);
  savePart(context.transaction(), api.id, Part::Stage, name, *stage);
  return {};
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
Outcome createDeployment(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  TRY(checkDeployable(api.document));
  const std::string id = newId(context, 6);
  TRY(updateStageOf(context, api, id, input));
  Json deployment = Json::object({{"id", id}, {"createdDate", context.now().seconds() * 1000}});
  copyMembers(input, deployment, {"description"});
  savePart(context.transaction(), api.id, Part::Deployment, id, deployment);
  savePart(context.transaction(), api.id, Part::Snapshot, id, api.document);
  return deployment;
}

/// The methods of the snapshot: {path: {method: {authorizationType, apiKeyRequired}}}.
Json summaryOf(const Json& snapshot) {
  Json summary = Json::object();
  for (const auto& [id, resource] : snapshot["resources"].asObject()) {
    if (!resource["resourceMethods"].isObject()) continue;
    for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
      at(summary, resource.stringAt("path"))
          .set(name, Json::object({{"authorizationType", method["authorizationType"]},
                                   {"apiKeyRequired", method["apiKeyRequired"]}}));
    }
  }
  return summary;
}

Outcome getDeployment(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string id = input.stringAt("deploymentId");
  auto deployment = api.ok() ? findPart(context.transaction(), api->id, Part::Deployment, id) : std::nullopt;
  if (!deployment) return deploymentNotFound();
  if (input["embed"].isArray()) {
    for (const Json& each : input["embed"].asArray()) {
      if (each != Json("apisummary")) continue;
      const auto snapshot = findPart(context.transaction(), api->id, Part::Snapshot, id);
      if (snapshot) deployment->set("apiSummary", summaryOf(*snapshot));
    }
  }
  return *deployment;
}

Outcome getDeployments(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items = listParts(context.transaction(), api.id, Part::Deployment);
  std::stable_sort(items.begin(), items.end(), [](const Json& left, const Json& right) {
    return left["createdDate"].asInt() > right["createdDate"].asInt();
  });
  return page(std::move(items), input);
}

Outcome updateDeployment(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/description"}};
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string id = input.stringAt("deploymentId");
  auto deployment = api.ok() ? findPart(context.transaction(), api->id, Part::Deployment, id) : std::nullopt;
  if (!deployment) return deploymentNotFound();
  TRY(applyPatches(*deployment, input, kRules, PatchStyle::Listed));
  savePart(context.transaction(), api->id, Part::Deployment, id, *deployment);
  return *deployment;
}

Outcome deleteDeployment(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string id = input.stringAt("deploymentId");
  if (!api.ok() || !findPart(context.transaction(), api->id, Part::Deployment, id)) return deploymentNotFound();
  for (const Json& stage : listParts(context.transaction(), api->id, Part::Stage)) {
    if (stage["deploymentId"] == Json(id) || stage["canarySettings"]["deploymentId"] == Json(id)) {
      return badRequest("Active stages pointing to this deployment must be moved or deleted");
    }
  }
  erasePart(context.transaction(), api->id, Part::Deployment, id);
  erasePart(context.transaction(), api->id, Part::Snapshot, id);
  return Json::object();
}

}  // namespace

void registerDeployments(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateDeployment>(registry, createDeployment);
  addOperation<GetDeployment>(registry, getDeployment);
  addOperation<GetDeployments>(registry, getDeployments);
  addOperation<UpdateDeployment>(registry, updateDeployment);
  addOperation<DeleteDeployment>(registry, deleteDeployment);
}

}  // namespace thimble::services::apigateway
