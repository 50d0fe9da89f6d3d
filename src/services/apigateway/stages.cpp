// CreateStage, GetStage, GetStages, UpdateStage, DeleteStage, and the flushes of its caches.
#include <algorithm>
#include <charconv>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError stageNotFound() {
  return notFound("Invalid stage identifier specified");
}

struct MethodSetting {
  std::string_view path;  ///< Behind "/resource/METHOD/".
  std::string_view name;
  PatchType type;
};
constexpr MethodSetting kMethodSettings[] = {
    {"metrics/enabled", "metricsEnabled", PatchType::Boolean},
    {"logging/dataTrace", "dataTraceEnabled", PatchType::Boolean},
    {"logging/loglevel", "loggingLevel", PatchType::Text},
    {"throttling/burstLimit", "throttlingBurstLimit", PatchType::Integer},
    {"throttling/rateLimit", "throttlingRateLimit", PatchType::Number},
    {"caching/enabled", "cachingEnabled", PatchType::Boolean},
    {"caching/ttlInSeconds", "cacheTtlInSeconds", PatchType::Integer},
    {"caching/dataEncrypted", "cacheDataEncrypted", PatchType::Boolean},
    {"caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", PatchType::Boolean},
    {"caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy", PatchType::Text},
};

Json defaultMethodSetting() {
  return Json::object({{"metricsEnabled", false},
                       {"dataTraceEnabled", false},
                       {"throttlingBurstLimit", 5000},
                       {"throttlingRateLimit", 10000.0},
                       {"cachingEnabled", false},
                       {"cacheTtlInSeconds", 300},
                       {"cacheDataEncrypted", false},
                       {"requireAuthorizationForCacheControl", true},
                       {"unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITH_RESPONSE_HEADER"}});
}

constexpr PatchRule kRules[] = {
    {"/deploymentId"},
    {"/description", PatchType::Text, kAdd | kReplace | kRemove},
    {"/tracingEnabled", PatchType::Boolean},
    {"/documentationVersion", PatchType::Text, kAdd | kReplace | kRemove},
    {"/clientCertificateId", PatchType::Text, kAdd | kReplace | kRemove},
    {"/cacheClusterEnabled", PatchType::Boolean},
    {"/cacheClusterSize"},
    {"/variables/*", PatchType::Text, kAdd | kReplace | kRemove},
    {"/canarySettings/percentTraffic", PatchType::Number, kAdd | kReplace},
    {"/canarySettings/deploymentId", PatchType::Text, kReplace},
    {"/canarySettings/useStageCache", PatchType::Boolean, kReplace},
    {"/canarySettings/stageVariableOverrides/*", PatchType::Text, kAdd | kReplace | kRemove},
    {"/canarySettings", PatchType::Text, kRemove},
};

base::ApiError cannotRemoveSetting(const Patch& patch) {
  return badRequest("Cannot remove method setting " + patch.path.substr(1) +
                    " because there is no method setting for this method ");
}

base::Result<void> patchAccessLog(Json& stage, const Patch& patch) {
  if (patch.op == "remove") {
    if (patch.segments.size() > 1) return cannotRemoveSetting(patch);
    stage.erase("accessLogSettings");
    return {};
  }
  const std::string name = patch.segments.size() == 2 ? patch.segments[1] : "";
  if (name != "destinationArn" && name != "format") {
    return badRequest(
        "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, "
        "/accessLogSettings/format]");
  }
  if (patch.text().empty()) return badRequest("Access Log value must not be empty");
  at(stage, "accessLogSettings").set(name, patch.text());
  return {};
}

/// Promotes a canary: copies its deployment or its variables to the stage.
base::Result<void> copyFromCanary(Json& stage, const Patch& patch) {
  const bool deployment = patch.path == "/deploymentId" && patch.from == "/canarySettings/deploymentId";
  const bool variables = patch.path == "/variables" && patch.from == "/canarySettings/stageVariableOverrides";
  if (!deployment && !variables) {
    return badRequest("Invalid copy operation with path: " + patch.path + " and from " + patch.from +
                      ". Valid copy:path are [/deploymentId, /variables] and valid copy:from are "
                      "[/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]");
  }
  if (!stage.contains("canarySettings")) return badRequest("Promotion not available. Canary does not exist.");
  if (deployment) {
    stage.set("deploymentId", stage["canarySettings"]["deploymentId"]);
  } else if (const Json overrides = stage["canarySettings"]["stageVariableOverrides"]; overrides.isObject()) {
    for (const auto& [name, value] : overrides.asObject()) at(stage, "variables").set(name, value);
  }
  return {};
}

/// "/resource/METHOD/group/setting", both of which may be "*".
base::Result<void> patchMethodSetting(Json& stage, const Patch& patch) {
  const std::size_t resource_end = patch.path.find('/', 1);
  const std::size_t method_end = patch.path.find('/', resource_end + 1);
  const std::string key = patch.path.substr(1, method_end == std::string::npos ? std::string::npos : method_end - 1);
  if (patch.op == "remove") {
    if (!stage["methodSettings"].contains(key)) return cannotRemoveSetting(patch);
    at(stage, "methodSettings").erase(key);
    return {};
  }
  const std::string setting = method_end == std::string::npos ? "" : patch.path.substr(method_end + 1);
  for (const MethodSetting& each : kMethodSettings) {
    if (each.path != setting) continue;
    Json& settings = at(at(stage, "methodSettings"), key);
    if (settings.isNull()) settings = defaultMethodSetting();
    const PatchRule rule[] = {{"/*", each.type, kAdd | kReplace}};
    Patch renamed = patch;
    renamed.segments = {std::string(each.name)};
    return applyPatch(settings, renamed, rule, PatchStyle::Plain);
  }
  return badRequest("Invalid method setting path: " + patch.path);
}

base::Result<void> patchStage(Json& stage, const Patch& patch) {
  if (patch.op == "copy") return copyFromCanary(stage, patch);
  const std::string first = patch.segments.empty() ? "" : patch.segments[0];
  if (first == "accessLogSettings") return patchAccessLog(stage, patch);
  const bool known = std::any_of(std::begin(kRules), std::end(kRules), [&](const PatchRule& rule) {
    return rule.path.substr(1, rule.path.find('/', 1) - 1) == first;
  });
  if (!known && patch.segments.size() >= 2) return patchMethodSetting(stage, patch);
  if (first == "canarySettings" && patch.op != "remove" && !stage.contains("canarySettings")) {
    stage.set(
        "canarySettings",
        Json::object({{"deploymentId", stage["deploymentId"]}, {"percentTraffic", 0.0}, {"useStageCache", false}}));
  }
  return applyPatch(stage, patch, kRules, PatchStyle::Listed);
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
Outcome createStage(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string name = input.stringAt("stageName");
  TRY(checkStageName(name));
  if (findPart(context.transaction(), api.id, Part::Stage, name)) return conflict("Stage already exists");
  for (const Json* id : {&input["deploymentId"], &input["canarySettings"]["deploymentId"]}) {
    if (id == &input["deploymentId"] || input["canarySettings"].isObject()) {
      const std::string text = id->isString() ? id->asString() : "";
      if (!findPart(context.transaction(), api.id, Part::Deployment, text)) {
        return badRequest("Deployment id does not exist");
      }
    }
  }
  const Json stage = newStage(context, name, input.stringAt("deploymentId"), input);
  savePart(context.transaction(), api.id, Part::Stage, name, stage);
  return stage;
}

base::Result<Json> loadStage(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  auto stage =
      api.ok() ? findPart(context.transaction(), api->id, Part::Stage, input.stringAt("stageName")) : std::nullopt;
  if (!stage) return stageNotFound();
  return *std::move(stage);
}

Outcome getStage(dispatch::Context& context, const Json& input) {
  return loadStage(context, input);
}

Outcome getStages(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  Json items = Json::array();
  for (Json& stage : listParts(context.transaction(), api.id, Part::Stage)) {
    const bool wanted = !input.contains("deploymentId") || stage["deploymentId"] == input["deploymentId"];
    if (wanted) items.push(std::move(stage));
  }
  return Json::object({{"item", items}});
}

Outcome updateStage(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Json stage, loadStage(context, input));
  const std::string api = input.stringAt("restApiId");
  for (const Patch& patch : patchesOf(input)) TRY(patchStage(stage, patch));
  if (!findPart(context.transaction(), api, Part::Deployment, stage.stringAt("deploymentId"))) {
    return badRequest("Deployment id does not exist");
  }
  if (!stage.contains("methodSettings")) stage.set("methodSettings", Json::object());
  stage.set("lastUpdatedDate", context.now().seconds() * 1000);
  savePart(context.transaction(), api, Part::Stage, input.stringAt("stageName"), stage);
  return stage;
}

Outcome deleteStage(dispatch::Context& context, const Json& input) {
  TRY(loadStage(context, input));
  erasePart(context.transaction(), input.stringAt("restApiId"), Part::Stage, input.stringAt("stageName"));
  return Json::object();
}

/// Nothing is cached between requests, so there is nothing to be flushed.
Outcome flushStage(dispatch::Context& context, const Json& input) {
  TRY(loadStage(context, input));
  return Json::object();
}

}  // namespace

base::Result<void> checkStageName(const std::string& name) {
  const bool legal = !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  if (legal) return {};
  return badRequest(name.empty() ? "Stage name must be non-empty" : "Stage name only allows a-zA-Z0-9_");
}

Json newStage(dispatch::Context& context, const std::string& name, const std::string& deployment_id,
              const Json& input) {
  const std::int64_t now = context.now().seconds() * 1000;
  const bool cache = input["cacheClusterEnabled"] == Json(true);
  Json stage = Json::object({{"deploymentId", deployment_id},
                             {"stageName", name},
                             {"cacheClusterEnabled", cache},
                             {"cacheClusterStatus", cache ? "AVAILABLE" : "NOT_AVAILABLE"},
                             {"methodSettings", Json::object()},
                             {"tracingEnabled", input["tracingEnabled"] == Json(true)},
                             {"createdDate", now},
                             {"lastUpdatedDate", now}});
  copyMembers(input, stage, {"description", "cacheClusterSize", "variables", "documentationVersion", "tags"});
  if (stage["variables"].empty()) stage.erase("variables");
  if (input["canarySettings"].isObject()) {
    Json settings = Json::object({{"percentTraffic", 0.0}, {"useStageCache", false}});
    copyMembers(input["canarySettings"], settings,
                {"deploymentId", "percentTraffic", "stageVariableOverrides", "useStageCache"});
    stage.set("canarySettings", settings);
  }
  return stage;
}

void registerStages(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateStage>(registry, createStage);
  addOperation<GetStage>(registry, getStage);
  addOperation<GetStages>(registry, getStages);
  addOperation<UpdateStage>(registry, updateStage);
  addOperation<DeleteStage>(registry, deleteStage);
  addOperation<FlushStageCache>(registry, flushStage);
  addOperation<FlushStageAuthorizersCache>(registry, flushStage);
}

}  // namespace thimble::services::apigateway
