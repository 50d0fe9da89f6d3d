// API keys and usage plans.
#include <algorithm>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError keyNotFound() {
  return notFound("Invalid API Key identifier specified");
}
base::ApiError planNotFound() {
  return notFound("Invalid Usage Plan ID specified");
}

base::Result<Json> load(dispatch::Context& context, std::string_view kind, const std::string& id,
                        const base::ApiError& missing) {
  auto item = findItem(context.transaction(), context.account(), context.region(), kind, id);
  if (!item) return missing;
  return *std::move(item);
}

void save(dispatch::Context& context, std::string_view kind, const std::string& id, const Json& item) {
  saveItem(context.transaction(), context.account(), context.region(), kind, id, item);
}

std::vector<Json> list(dispatch::Context& context, std::string_view kind) {
  return listItems(context.transaction(), context.account(), context.region(), kind);
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
Outcome createApiKey(dispatch::Context& context, const Json& input) {
  std::string value = input.stringAt("value");
  if (!value.empty() && value.size() < 20) return badRequest("API Key value should be at least 20 characters");
  if (value.size() > 128) return badRequest("API Key value exceeds maximum size of 128 characters");
  if (value.empty()) {
    value = context.random().text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
  }
  for (const Json& key : list(context, "apiKey")) {
    if (key["value"] == Json(value)) return conflict("API Key already exists");
  }
  const std::int64_t now = context.now().seconds() * 1000;
  Json key = Json::object({{"id", newId(context, 10)},
                           {"value", value},
                           {"enabled", input["enabled"] == Json(true)},
                           {"createdDate", now},
                           {"lastUpdatedDate", now},
                           {"stageKeys", Json::array()}});
  copyMembers(input, key, {"name", "description", "customerId", "tags"});
  if (input["stageKeys"].isArray()) {
    for (const Json& each : input["stageKeys"].asArray()) {
      at(key, "stageKeys").push(each.stringAt("restApiId") + "/" + each.stringAt("stageName"));
    }
  }
  save(context, "apiKey", key.stringAt("id"), key);
  return key;
}

Json withoutValue(Json key, const Json& input, std::string_view flag) {
  if (input[flag] != Json(true)) key.erase("value");
  if (!key.contains("tags")) key.set("tags", Json::object());
  return key;
}

Outcome getApiKey(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Json key, load(context, "apiKey", input.stringAt("apiKey"), keyNotFound()));
  return withoutValue(std::move(key), input, "includeValue");
}

Outcome getApiKeys(dispatch::Context& context, const Json& input) {
  std::vector<Json> items;
  for (Json& key : list(context, "apiKey")) {
    if (!key.stringAt("name").starts_with(input.stringAt("nameQuery"))) continue;
    if (input.contains("customerId") && key["customerId"] != input["customerId"]) continue;
    items.push_back(withoutValue(std::move(key), input, "includeValues"));
  }
  return page(std::move(items), input);
}

Outcome updateApiKey(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/name", PatchType::Text, kAdd | kReplace},       {"/description", PatchType::Text, kAdd | kReplace},
      {"/customerId", PatchType::Text, kAdd | kReplace}, {"/enabled", PatchType::Boolean, kReplace},
      {"/stages", PatchType::ListItem, kAdd | kRemove},
  };
  const std::string id = input.stringAt("apiKey");
  TRY_ASSIGN(Json key, load(context, "apiKey", id, keyNotFound()));
  TRY(applyPatches(key, input, kRules, PatchStyle::Listed));
  key.set("lastUpdatedDate", context.now().seconds() * 1000);
  save(context, "apiKey", id, key);
  return withoutValue(std::move(key), Json(), "");
}

Outcome deleteApiKey(dispatch::Context& context, const Json& input) {
  const std::string id = input.stringAt("apiKey");
  TRY(load(context, "apiKey", id, keyNotFound()));
  eraseItem(context.transaction(), context.account(), context.region(), "apiKey", id);
  for (Json plan : list(context, "usagePlan")) {
    if (!plan["_keys"].contains(id)) continue;
    at(plan, "_keys").erase(id);
    save(context, "usagePlan", plan.stringAt("id"), plan);
  }
  return Json::object();
}

Outcome createUsagePlan(dispatch::Context& context, const Json& input) {
  if (input.stringAt("name").empty()) return badRequest("Usage Plan name cannot be blank");
  Json plan = Json::object({{"id", newId(context, 6)}, {"name", input["name"]}, {"apiStages", Json::array()}});
  copyMembers(input, plan, {"description", "apiStages", "throttle", "quota", "tags"});
  for (const Json& stage : plan["apiStages"].asArray()) {
    if (!findPart(context.transaction(), stage.stringAt("apiId"), Part::Stage, stage.stringAt("stage"))) {
      return notFound("API Stage not found: " + stage.stringAt("apiId") + ":" + stage.stringAt("stage"));
    }
  }
  save(context, "usagePlan", plan.stringAt("id"), plan);
  return plan;
}

Outcome getUsagePlan(dispatch::Context& context, const Json& input) {
  return load(context, "usagePlan", input.stringAt("usagePlanId"), planNotFound());
}

Outcome getUsagePlans(dispatch::Context& context, const Json& input) {
  std::vector<Json> items;
  for (Json& plan : list(context, "usagePlan")) {
    if (!input.contains("keyId") || plan["_keys"].contains(input.stringAt("keyId"))) items.push_back(std::move(plan));
  }
  return page(std::move(items), input);
}

Outcome updateUsagePlan(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/name"},
      {"/description", PatchType::Text, kAdd | kReplace | kRemove},
      {"/productCode", PatchType::Text, kAdd | kReplace | kRemove},
      {"/throttle/rateLimit", PatchType::Number, kAdd | kReplace},
      {"/throttle/burstLimit", PatchType::Integer, kAdd | kReplace},
      {"/throttle", PatchType::Text, kRemove},
      {"/quota/limit", PatchType::Integer, kAdd | kReplace},
      {"/quota/offset", PatchType::Integer, kAdd | kReplace},
      {"/quota/period", PatchType::Text, kAdd | kReplace},
      {"/quota", PatchType::Text, kRemove},
  };
  const std::string id = input.stringAt("usagePlanId");
  TRY_ASSIGN(Json plan, load(context, "usagePlan", id, planNotFound()));
  for (const Patch& patch : patchesOf(input)) {
    if (patch.path != "/apiStages") {
      TRY(applyPatch(plan, patch, kRules, PatchStyle::Listed));
      continue;
    }
    // The value is "api:stage".
    const std::string text = patch.text();
    const std::size_t colon = std::min(text.find(':'), text.size());
    const Json stage =
        Json::object({{"apiId", text.substr(0, colon)}, {"stage", colon < text.size() ? text.substr(colon + 1) : ""}});
    if (!findPart(context.transaction(), stage.stringAt("apiId"), Part::Stage, stage.stringAt("stage"))) {
      return notFound("API Stage not found: " + text);
    }
    Json::Array& stages = at(plan, "apiStages").mutableArray();
    std::erase_if(stages,
                  [&](const Json& each) { return each["apiId"] == stage["apiId"] && each["stage"] == stage["stage"]; });
    if (patch.op == "add") stages.push_back(stage);
  }
  save(context, "usagePlan", id, plan);
  return plan;
}

Outcome deleteUsagePlan(dispatch::Context& context, const Json& input) {
  const std::string id = input.stringAt("usagePlanId");
  TRY_ASSIGN(const Json plan, load(context, "usagePlan", id, planNotFound()));
  if (!plan["apiStages"].empty()) {
    return badRequest("Cannot delete Usage Plan " + id + ", because it is associated with API stages");
  }
  eraseItem(context.transaction(), context.account(), context.region(), "usagePlan", id);
  return Json::object();
}

Json planKey(const Json& key) {
  Json out = Json::object({{"id", key["id"]}, {"type", "API_KEY"}, {"value", key["value"]}});
  copyMembers(key, out, {"name"});
  return out;
}

Outcome createUsagePlanKey(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Json plan, load(context, "usagePlan", input.stringAt("usagePlanId"), planNotFound()));
  const std::string id = input.stringAt("keyId");
  TRY_ASSIGN(const Json key, load(context, "apiKey", id, keyNotFound()));
  if (input.stringAt("keyType") != "API_KEY") {
    return badRequest("Usage Plan Key type must be API_KEY");
  }
  if (plan["_keys"].contains(id)) return conflict("Usage Plan Key already exists");
  at(plan, "_keys").set(id, true);
  save(context, "usagePlan", plan.stringAt("id"), plan);
  return planKey(key);
}

base::ApiError planKeyNotFound() {
  return notFound("Invalid Usage Plan Key identifier specified");
}

Outcome getUsagePlanKey(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json plan, load(context, "usagePlan", input.stringAt("usagePlanId"), planNotFound()));
  const std::string id = input.stringAt("keyId");
  if (!plan["_keys"].contains(id)) return planKeyNotFound();
  TRY_ASSIGN(const Json key, load(context, "apiKey", id, planKeyNotFound()));
  return planKey(key);
}

Outcome getUsagePlanKeys(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json plan, load(context, "usagePlan", input.stringAt("usagePlanId"), planNotFound()));
  std::vector<Json> items;
  if (plan["_keys"].isObject()) {
    for (const auto& [id, there] : plan["_keys"].asObject()) {
      const auto key = load(context, "apiKey", id, keyNotFound());
      if (key.ok() && key->stringAt("name").starts_with(input.stringAt("nameQuery"))) items.push_back(planKey(*key));
    }
  }
  return page(std::move(items), input);
}

Outcome deleteUsagePlanKey(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Json plan, load(context, "usagePlan", input.stringAt("usagePlanId"), planNotFound()));
  const std::string id = input.stringAt("keyId");
  if (!plan["_keys"].contains(id)) return planKeyNotFound();
  at(plan, "_keys").erase(id);
  save(context, "usagePlan", plan.stringAt("id"), plan);
  return Json::object();
}

}  // namespace

void registerKeys(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateApiKey>(registry, createApiKey);
  addOperation<GetApiKey>(registry, getApiKey);
  addOperation<GetApiKeys>(registry, getApiKeys);
  addOperation<UpdateApiKey>(registry, updateApiKey);
  addOperation<DeleteApiKey>(registry, deleteApiKey);
  addOperation<CreateUsagePlan>(registry, createUsagePlan);
  addOperation<GetUsagePlan>(registry, getUsagePlan);
  addOperation<GetUsagePlans>(registry, getUsagePlans);
  addOperation<UpdateUsagePlan>(registry, updateUsagePlan);
  addOperation<DeleteUsagePlan>(registry, deleteUsagePlan);
  addOperation<CreateUsagePlanKey>(registry, createUsagePlanKey);
  addOperation<GetUsagePlanKey>(registry, getUsagePlanKey);
  addOperation<GetUsagePlanKeys>(registry, getUsagePlanKeys);
  addOperation<DeleteUsagePlanKey>(registry, deleteUsagePlanKey);
}

}  // namespace thimble::services::apigateway
