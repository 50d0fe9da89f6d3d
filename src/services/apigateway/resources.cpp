// CreateResource, GetResource, GetResources, UpdateResource, DeleteResource.
#include <algorithm>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::size_t kMaxResources = 300;

bool isVariable(std::string_view part) {
  return part.size() >= 2 && part.front() == '{' && part.back() == '}';
}
bool isGreedy(std::string_view part) {
  return isVariable(part) && part.size() > 3 && part[part.size() - 2] == '+';
}

std::string childPath(const Json& parent, const std::string& part) {
  const std::string path = parent.stringAt("path");
  return (path == "/" ? "" : path) + "/" + part;
}

base::Result<void> checkPathPart(const std::string& part) {
  const std::string_view inner =
      isVariable(part) ? std::string_view(part).substr(1, part.size() - (isGreedy(part) ? 3 : 2)) : part;
  const bool legal = !inner.empty() && std::all_of(inner.begin(), inner.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("._-:").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (legal) return {};
  return badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at "
      "the beginning and the end.");
}

/// A sibling of that name, or a second variable beside another.
base::Result<void> checkSiblings(const Json& document, const std::string& parent_id, const std::string& part,
                                 const std::string& self) {
  for (const auto& [id, resource] : document["resources"].asObject()) {
    if (id == self || resource.stringAt("parentId") != parent_id) continue;
    const std::string sibling = resource.stringAt("pathPart");
    if (sibling == part) return conflict("Another resource with the same parent already has this name: " + part);
    if (isVariable(sibling) && isVariable(part)) {
      return badRequest("A sibling (" + sibling +
                        ") of this resource already has a variable path part -- only one is allowed");
    }
  }
  return {};
}

bool isWithin(const Json& document, std::string id, const std::string& ancestor) {
  while (!id.empty()) {
    if (id == ancestor) return true;
    id = document["resources"][id].stringAt("parentId");
  }
  return false;
}

/// Paths of all resources, from the root down; a parent may come after its child in the document.
void renewPaths(Json& document, const std::string& id) {
  const Json& resources = document["resources"];
  std::vector<std::string> children;
  for (const auto& [child, resource] : resources.asObject()) {
    if (resource.stringAt("parentId") == id) children.push_back(child);
  }
  for (const std::string& child : children) {
    const std::string path = childPath(document["resources"][id], document["resources"][child].stringAt("pathPart"));
    at(at(document, "resources"), child).set("path", path);
    renewPaths(document, child);
  }
}

/// As GetResources shows it: methods by their names only, unless they are to be embedded.
Json shown(Json resource, const Json& input) {
  bool embed = false;
  if (input["embed"].isArray()) {
    for (const Json& each : input["embed"].asArray()) embed = embed || each == Json("methods");
  }
  if (embed || !resource.contains("resourceMethods")) return resource;
  Json names = Json::object();
  for (const auto& [name, method] : resource["resourceMethods"].asObject()) names.set(name, Json::object());
  resource.set("resourceMethods", names);
  return resource;
}

Outcome createResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY_ASSIGN(const Json resource,
             addResource(context, api.document, input.stringAt("parentId"), input.stringAt("pathPart")));
  saveApi(context, api);
  return resource;
}

Outcome getResource(dispatch::Context& context, const Json& input) {
  auto api = findApi(context.transaction(), input.stringAt("restApiId"));
  if (!api || api->account != context.account()) return resourceNotFound();
  const Json* resource = api->document["resources"].find(input.stringAt("resourceId"));
  if (!resource) return resourceNotFound();
  return shown(*resource, input);
}

Outcome getResources(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  std::vector<Json> items;
  for (const auto& [id, resource] : api.document["resources"].asObject()) items.push_back(shown(resource, input));
  return page(std::move(items), input);
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateResource.html
Outcome updateResource(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/parentId"}, {"/pathPart"}};
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string id = input.stringAt("resourceId");
  if (!api.document["resources"].contains(id)) return resourceNotFound();
  for (const Patch& patch : patchesOf(input)) {
    Json resource = api.document["resources"][id];
    TRY(applyPatch(resource, patch, kRules, PatchStyle::Listed));
    const std::string parent = resource.stringAt("parentId");
    if (!api.document["resources"].contains(parent)) return resourceNotFound();
    if (isWithin(api.document, parent, id)) return badRequest("Resources cannot be cyclical.");
    TRY(checkPathPart(resource.stringAt("pathPart")));
    TRY(checkSiblings(api.document, parent, resource.stringAt("pathPart"), id));
    resource.set("path", childPath(api.document["resources"][parent], resource.stringAt("pathPart")));
    at(at(api.document, "resources"), id) = resource;
    renewPaths(api.document, id);
  }
  saveApi(context, api);
  return shown(api.document["resources"][id], Json::object());
}

Outcome deleteResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  const std::string id = input.stringAt("resourceId");
  if (!api.document["resources"].contains(id)) return resourceNotFound();
  if (id == api.document["api"].stringAt("rootResourceId")) return badRequest("Root resource cannot be deleted");
  std::vector<std::string> doomed;
  for (const auto& [each, resource] : api.document["resources"].asObject()) {
    if (isWithin(api.document, each, id)) doomed.push_back(each);
  }
  for (const std::string& each : doomed) at(api.document, "resources").erase(each);
  saveApi(context, api);
  return Json::object();
}

}  // namespace

Outcome addResource(dispatch::Context& context, Json& document, const std::string& parent_id,
                    const std::string& path_part) {
  const Json* parent = document["resources"].find(parent_id);
  if (!parent) return resourceNotFound();
  TRY(checkPathPart(path_part));
  if (isGreedy(parent->stringAt("pathPart"))) {
    return badRequest("Cannot create a child of a resource with a greedy path variable: " +
                      parent->stringAt("pathPart"));
  }
  TRY(checkSiblings(document, parent_id, path_part, ""));
  if (document["resources"].size() >= kMaxResources) {
    return base::ApiError{"LimitExceededException",
                          "Maximum number of resources for this API has been reached. Please "
                          "contact AWS if you need additional resources.",
                          429};
  }
  const std::string id = newId(context, 6);
  Json resource = Json::object(
      {{"id", id}, {"parentId", parent_id}, {"pathPart", path_part}, {"path", childPath(*parent, path_part)}});
  at(document, "resources").set(id, resource);
  return resource;
}

void registerResources(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateResource>(registry, createResource);
  addOperation<GetResource>(registry, getResource);
  addOperation<GetResources>(registry, getResources);
  addOperation<UpdateResource>(registry, updateResource);
  addOperation<DeleteResource>(registry, deleteResource);
}

}  // namespace thimble::services::apigateway
