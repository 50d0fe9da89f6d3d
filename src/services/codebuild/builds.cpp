// BatchGetBuilds, ListBuilds, ListBuildsForProject, StopBuild, BatchDeleteBuilds.
#include "base/encoding.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/records.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

constexpr std::size_t kPage = 100;

Outcome batchGetBuilds(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  Json found = Json::array();
  Json missing = Json::array();
  for (const Json& each : input["ids"].asArray()) {
    TRY_ASSIGN(const std::string id, readBuildId(place, each.asString()));
    TRY(context.authorise("codebuild:BatchGetBuilds", place.projectArn(projectOf(id))));
    const std::optional<Json> document = findBuild(context.transaction(), place, id);
    if (document) {
      found.push((*document)["Build"]);
    } else {
      missing.push(each);
    }
  }
  return Json::object({{"builds", std::move(found)}, {"buildsNotFound", std::move(missing)}});
}

Outcome list(dispatch::Context& context, const Json& input, const std::string& project) {
  std::string after;
  if (const std::string token = input.stringAt("nextToken"); !token.empty()) {
    const std::optional<std::string> key = base::decodeBase64(token);
    if (!key || key->empty()) return invalidNextToken();
    after = *key;
  }
  const bool ascending = input.stringAt("sortOrder", "DESCENDING") == "ASCENDING";
  const BuildList builds = listBuilds(context.transaction(), placeOf(context), project, ascending, after, kPage);
  Json ids = Json::array();
  for (const std::string& id : builds.ids) ids.push(id);
  Json output = Json::object({{"ids", std::move(ids)}});
  if (!builds.next.empty()) output.set("nextToken", base::encodeBase64(builds.next));
  return output;
}

Outcome listAllBuilds(dispatch::Context& context, const Json& input) {
  return list(context, input, "");
}

Outcome listBuildsForProject(dispatch::Context& context, const Json& input) {
  const std::string project = input.stringAt("projectName");
  if (!findProject(context.transaction(), placeOf(context), project)) {
    return projectNotFound(placeOf(context).projectArn(project));
  }
  return list(context, input, project);
}

Outcome stopBuild(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  TRY_ASSIGN(const std::string id, readBuildId(place, input.stringAt("id")));
  TRY(context.authorise("codebuild:StopBuild", place.projectArn(projectOf(id))));
  const std::optional<Json> document = findBuild(context.transaction(), place, id);
  if (!document) return buildNotFound(id);
  if ((*document)["Build"]["buildComplete"] != Json(true)) {
    context.signal(buildProcess(place, id), Json::object({{"Stop", true}}));
  }
  return Json::object({{"build", (*findBuild(context.transaction(), place, id))["Build"]}});
}

Outcome batchDeleteBuilds(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  Json deleted = Json::array();
  Json kept = Json::array();
  for (const Json& each : input["ids"].asArray()) {
    TRY_ASSIGN(const std::string id, readBuildId(place, each.asString()));
    TRY(context.authorise("codebuild:BatchDeleteBuilds", place.projectArn(projectOf(id))));
    const std::optional<Json> document = findBuild(context.transaction(), place, id);
    if (!document) continue;
    if ((*document)["Build"]["buildComplete"] != Json(true)) {
      kept.push(Json::object({{"id", id}, {"statusCode", "BUILD_IN_PROGRESS"}}));
      continue;
    }
    eraseBuild(context.transaction(), place, *document);
    deleted.push(place.buildArn(id));
  }
  return Json::object({{"buildsDeleted", std::move(deleted)}, {"buildsNotDeleted", std::move(kept)}});
}

}  // namespace

void registerBuilds(dispatch::Registry& registry) {
  addOperation<shape::BatchGetBuilds>(registry, batchGetBuilds);
  addOperation<shape::ListBuilds>(registry, listAllBuilds);
  addOperation<shape::ListBuildsForProject>(registry, listBuildsForProject);
  addOperation<shape::StopBuild>(registry, stopBuild);
  addOperation<shape::BatchDeleteBuilds>(registry, batchDeleteBuilds);
}

}  // namespace thimble::services::codebuild
