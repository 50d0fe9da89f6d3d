// Models and request validators.
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError modelNotFound(const std::string& name) {
  return notFound("Invalid model name specified: " + name);
}
base::ApiError validatorNotFound() {
  return notFound("Invalid Request Validator identifier specified");
}

/// "/pets/GET" of the last method that uses the model, for the message; empty when none does.
std::string userOf(const Json& document, const std::string& model) {
  std::string user;
  for (const auto& [id, resource] : document["resources"].asObject()) {
    if (!resource["resourceMethods"].isObject()) continue;
    for (const auto& [name, method] : resource["resourceMethods"].asObject()) {
      if (!method["requestModels"].isObject()) continue;
      for (const auto& [content_type, used] : method["requestModels"].asObject()) {
        if (used == Json(model)) user = resource.stringAt("path") + "/" + name;
      }
    }
  }
  return user;
}

base::Result<void> checkSchema(const Json& model) {
  const std::string schema = model.stringAt("schema");
  if (schema.empty()) return badRequest("Model schema must have at least 1 property or array items defined");
  if (model.stringAt("contentType").starts_with("application/json")) {
    const auto parsed = Json::parse(schema, {.max_depth = 64, .max_bytes = 400 << 10});
    if (!parsed.ok() || !parsed.value().isObject()) {
      return badRequest(
          "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema "
          "specified]");
    }
  }
  return {};
}

Outcome createModel(dispatch::Context& context, const Json& input) {
  const std::string name = input.stringAt("name");
  if (name.empty()) return badRequest("Model name must be non-empty");
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY(checkSchema(input));
  if (api.document["models"].contains(name)) return conflict("Model name already exists for this REST API");
  Json model = Json::object({{"id", newId(context, 6)}, {"name", name}});
  copyMembers(input, model, {"description", "schema", "contentType"});
  at(api.document, "models").set(name, model);
  saveApi(context, api);
  return model;
}

Outcome getModel(dispatch::Context& context, const Json& input) {
  const std::string name = input.stringAt("modelName");
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const Json* model = api.ok() ? api->document["models"].find(name) : nullptr;
  if (!model) return modelNotFound(name);
  return *model;
}

Outcome getModels(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  for (const auto& [name, model] : api.document["models"].asObject()) items.push_back(model);
  return page(std::move(items), input);
}

Outcome updateModel(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/schema"}, {"/description", PatchType::Text, kAdd | kReplace | kRemove}};
  const std::string name = input.stringAt("modelName");
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  Json* model = findMutable(at(api.document, "models"), name);
  if (!model) return modelNotFound(name);
  TRY(applyPatches(*model, input, kRules, PatchStyle::Listed));
  TRY(checkSchema(*model));
  saveApi(context, api);
  return *model;
}

Outcome deleteModel(dispatch::Context& context, const Json& input) {
  const std::string name = input.stringAt("modelName");
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok() || !api->document["models"].contains(name)) return modelNotFound(name);
  if (const std::string user = userOf(api->document, name); !user.empty()) {
    return conflict("Cannot delete model '" + name + "', is referenced in method request: " + user);
  }
  at(api->document, "models").erase(name);
  saveApi(context, *api);
  return Json::object();
}

Outcome createRequestValidator(dispatch::Context& context, const Json& input) {
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok()) return badRequest("Invalid REST API identifier specified");
  Json validator = Json::object({{"id", newId(context, 6)},
                                 {"name", input["name"]},
                                 {"validateRequestBody", input["validateRequestBody"] == Json(true)},
                                 {"validateRequestParameters", input["validateRequestParameters"] == Json(true)}});
  at(at(api->document, "validators"), validator.stringAt("id")) = validator;
  saveApi(context, *api);
  return validator;
}

Outcome getRequestValidator(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const Json* found = api.ok() ? api->document["validators"].find(input.stringAt("requestValidatorId")) : nullptr;
  if (!found) return validatorNotFound();
  return *found;
}

Outcome getRequestValidators(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  if (api.document["validators"].isObject()) {
    for (const auto& [id, validator] : api.document["validators"].asObject()) items.push_back(validator);
  }
  return page(std::move(items), input);
}

Outcome updateRequestValidator(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/name"}, {"/validateRequestParameters", PatchType::Boolean}, {"/validateRequestBody", PatchType::Boolean}};
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok()) return validatorNotFound();
  Json* validator = findMutable(at(api->document, "validators"), input.stringAt("requestValidatorId"));
  if (!validator) return validatorNotFound();
  for (const Patch& patch : patchesOf(input)) {
    TRY(applyPatch(*validator, patch, kRules, PatchStyle::Listed));
    if (validator->stringAt("name").empty()) return badRequest("Request Validator name cannot be blank");
  }
  saveApi(context, *api);
  return *validator;
}

Outcome deleteRequestValidator(dispatch::Context& context, const Json& input) {
  auto api = loadApi(context, input.stringAt("restApiId"));
  const std::string id = input.stringAt("requestValidatorId");
  if (!api.ok() || !api->document["validators"].contains(id)) return validatorNotFound();
  at(api->document, "validators").erase(id);
  saveApi(context, *api);
  return Json::object();
}

}  // namespace

void registerModels(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateModel>(registry, createModel);
  addOperation<GetModel>(registry, getModel);
  addOperation<GetModels>(registry, getModels);
  addOperation<UpdateModel>(registry, updateModel);
  addOperation<DeleteModel>(registry, deleteModel);
  addOperation<CreateRequestValidator>(registry, createRequestValidator);
  addOperation<GetRequestValidator>(registry, getRequestValidator);
  addOperation<GetRequestValidators>(registry, getRequestValidators);
  addOperation<UpdateRequestValidator>(registry, updateRequestValidator);
  addOperation<DeleteRequestValidator>(registry, deleteRequestValidator);
}

}  // namespace thimble::services::apigateway
