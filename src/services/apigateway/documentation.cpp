// Documentation parts and versions.
#include "services/apigateway/errors.h"
#include "services/apigateway/openapi.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

base::ApiError partNotFound() {
  return notFound("Invalid Documentation part identifier specified");
}
base::ApiError versionNotFound() {
  return notFound("Invalid Documentation version identifier specified");
}

Outcome addPart(dispatch::Context& context, Api& api, const Json& location, const std::string& properties) {
  if (location.stringAt("type").empty()) return badRequest("Documentation part location type must be non-empty");
  if (properties.empty() || !Json::parse(properties, {.max_depth = 64}).ok()) {
    return badRequest("Documentation part properties must be non-empty");
  }
  if (api.document["documentationParts"].isObject()) {
    for (const auto& [id, part] : api.document["documentationParts"].asObject()) {
      if (part["location"] == location) return conflict("Documentation part already exists for this location");
    }
  }
  Json part = Json::object({{"id", newId(context, 6)}, {"location", location}, {"properties", properties}});
  at(api.document, "documentationParts").set(part.stringAt("id"), part);
  return part;
}

Outcome createDocumentationPart(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const Json part, addPart(context, api, input["location"], input.stringAt("properties")));
  saveApi(context, api);
  return part;
}

Outcome getDocumentationPart(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const Json* part =
      api.ok() ? api->document["documentationParts"].find(input.stringAt("documentationPartId")) : nullptr;
  if (!part) return partNotFound();
  return *part;
}

Outcome getDocumentationParts(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  if (api.document["documentationParts"].isObject()) {
    for (const auto& [id, part] : api.document["documentationParts"].asObject()) {
      const Json& location = part["location"];
      const bool wanted = (!input.contains("type") || location["type"] == input["type"]) &&
                          (!input.contains("path") || location["path"] == input["path"]) &&
                          (!input.contains("nameQuery") ||
                           location.stringAt("name").find(input.stringAt("nameQuery")) != std::string::npos);
      if (wanted) items.push_back(part);
    }
  }
  return page(std::move(items), input);
}

Outcome updateDocumentationPart(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/properties"}};
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok()) return partNotFound();
  Json* part = findMutable(at(api->document, "documentationParts"), input.stringAt("documentationPartId"));
  if (!part) return partNotFound();
  TRY(applyPatches(*part, input, kRules, PatchStyle::Listed));
  if (part->stringAt("properties").empty()) return badRequest("Documentation part properties must be non-empty");
  saveApi(context, *api);
  return *part;
}

Outcome deleteDocumentationPart(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string id = input.stringAt("documentationPartId");
  if (!api.document["documentationParts"].contains(id)) return partNotFound();
  at(api.document, "documentationParts").erase(id);
  saveApi(context, api);
  return Json::object();
}

/// The parts under x-amazon-apigateway-documentation.documentationParts of an OpenAPI text.
Outcome importDocumentationParts(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const auto body = readOpenApi(input.stringAt("body"));
  if (!body) return badRequest("Unable to build importer with provided input.");
  if (input.stringAt("mode") == "overwrite") at(api.document, "documentationParts") = Json::object();
  Json ids = Json::array();
  Json warnings = Json::array();
  const Json& parts = (*body)["x-amazon-apigateway-documentation"]["documentationParts"];
  if (parts.isArray()) {
    for (const Json& each : parts.asArray()) {
      const Json& properties = each["properties"];
      const auto part =
          addPart(context, api, each["location"], properties.isString() ? properties.asString() : properties.write());
      if (part.ok()) {
        ids.push(part.value()["id"]);
      } else if (input["failOnWarnings"] == Json(true)) {
        return part.error();
      } else {
        warnings.push(part.error().message);
      }
    }
  }
  saveApi(context, api);
  Json output = Json::object({{"ids", ids}});
  if (!warnings.empty()) output.set("warnings", warnings);
  return output;
}

Outcome createDocumentationVersion(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string version = input.stringAt("documentationVersion");
  if (api.document["documentationVersions"].contains(version)) {
    return conflict("Documentation version " + version + " already exists");
  }
  if (const std::string stage = input.stringAt("stageName"); !stage.empty()) {
    auto record = findPart(context.transaction(), api.id, Part::Stage, stage);
    if (!record) return notFound("Invalid stage identifier specified");
    record->set("documentationVersion", version);
    savePart(context.transaction(), api.id, Part::Stage, stage, *record);
  }
  Json record = Json::object({{"version", version}, {"createdDate", context.now().seconds() * 1000}});
  copyMembers(input, record, {"description"});
  at(api.document, "documentationVersions").set(version, record);
  saveApi(context, api);
  return record;
}

Outcome getDocumentationVersion(dispatch::Context& context, const Json& input) {
  const auto api = loadApi(context, input.stringAt("restApiId"));
  const Json* found =
      api.ok() ? api->document["documentationVersions"].find(input.stringAt("documentationVersion")) : nullptr;
  if (!found) return versionNotFound();
  return *found;
}

Outcome getDocumentationVersions(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  if (api.document["documentationVersions"].isObject()) {
    for (const auto& [id, version] : api.document["documentationVersions"].asObject()) items.push_back(version);
  }
  return page(std::move(items), input);
}

Outcome updateDocumentationVersion(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/description"}};
  auto api = loadApi(context, input.stringAt("restApiId"));
  if (!api.ok()) return versionNotFound();
  Json* version = findMutable(at(api->document, "documentationVersions"), input.stringAt("documentationVersion"));
  if (!version) return versionNotFound();
  TRY(applyPatches(*version, input, kRules, PatchStyle::Listed));
  saveApi(context, *api);
  return *version;
}

Outcome deleteDocumentationVersion(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string version = input.stringAt("documentationVersion");
  if (!api.document["documentationVersions"].contains(version)) return versionNotFound();
  at(api.document, "documentationVersions").erase(version);
  saveApi(context, api);
  return Json::object();
}

}  // namespace

void registerDocumentation(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateDocumentationPart>(registry, createDocumentationPart);
  addOperation<GetDocumentationPart>(registry, getDocumentationPart);
  addOperation<GetDocumentationParts>(registry, getDocumentationParts);
  addOperation<UpdateDocumentationPart>(registry, updateDocumentationPart);
  addOperation<DeleteDocumentationPart>(registry, deleteDocumentationPart);
  addOperation<ImportDocumentationParts>(registry, importDocumentationParts);
  addOperation<CreateDocumentationVersion>(registry, createDocumentationVersion);
  addOperation<GetDocumentationVersion>(registry, getDocumentationVersion);
  addOperation<GetDocumentationVersions>(registry, getDocumentationVersions);
  addOperation<UpdateDocumentationVersion>(registry, updateDocumentationVersion);
  addOperation<DeleteDocumentationVersion>(registry, deleteDocumentationVersion);
}

}  // namespace thimble::services::apigateway
