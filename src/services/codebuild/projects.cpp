// CreateProject, UpdateProject, DeleteProject, BatchGetProjects, ListProjects, InvalidateProjectCache.
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html and its siblings
#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/records.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

constexpr std::size_t kPage = 100;

/// The service role must let CodeBuild assume it. A role of another account cannot be judged here.
base::Result<void> checkRole(dispatch::Context& context, const std::string& role) {
  const auto arn = base::parseArn(role);
  if (!arn || arn->service != "iam") return invalidInput("Invalid service role: " + role);
  if (arn->account != context.account()) return {};
  const dispatch::RoleToAssume assumed{role, "codebuild.amazonaws.com", "AWSCodeBuild"};
  if (!context.environment().authorizer.assume(context.transaction(), assumed).ok()) {
    return invalidInput("CodeBuild is not authorized to perform: sts:AssumeRole on " + role);
  }
  return {};
}

Json withoutBadge(Json input) {
  const bool badge = input["badgeEnabled"] == Json(true);
  input.erase("badgeEnabled");
  input.set("badge", Json::object({{"badgeEnabled", badge}}));
  return input;
}

Outcome createProject(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = input.stringAt("name");
  Json project = Json::object({{"name", name}, {"arn", place.projectArn(name)}});
  const Json given = withoutBadge(input);
  for (const auto& [key, value] : given.asObject()) project.set(key, value);
  addProjectDefaults(project, place);
  TRY(checkProject(project));
  TRY(checkRole(context, project.stringAt("serviceRole")));
  if (findProject(context.transaction(), place, name)) return projectExists(place.projectArn(name));
  project.set("created", context.now().milliseconds);
  project.set("lastModified", context.now().milliseconds);
  putProject(context.transaction(), place, Json::object({{"Project", project}, {"Builds", 0}}));
  return Json::object({{"project", project}});
}

Outcome updateProject(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = input.stringAt("name");
  std::optional<Json> document = findProject(context.transaction(), place, name);
  if (!document) return projectNotFound(place.projectArn(name));
  Json project = (*document)["Project"];
  for (const auto& [key, value] : input.asObject()) {
    if (key == "badgeEnabled") {
      project.set("badge", Json::object({{"badgeEnabled", value}}));
    } else if (key == "concurrentBuildLimit" && value == Json(-1)) {
      // So AWS takes the limit away.
      project.erase(key);
    } else {
      project.set(key, value);
    }
  }
  addProjectDefaults(project, place);
  TRY(checkProject(project));
  if (input.contains("serviceRole")) TRY(checkRole(context, project.stringAt("serviceRole")));
  project.set("lastModified", context.now().milliseconds);
  document->set("Project", project);
  putProject(context.transaction(), place, *document);
  return Json::object({{"project", project}});
}

/// Its builds stay, as on AWS.
Outcome deleteProject(dispatch::Context& context, const Json& input) {
  eraseProject(context.transaction(), placeOf(context), input.stringAt("name"));
  return Json::object();
}

Outcome batchGetProjects(dispatch::Context& context, const Json& input) {
  Json found = Json::array();
  Json missing = Json::array();
  for (const Json& each : input["names"].asArray()) {
    const std::string name = projectName(placeOf(context), each.asString());
    const std::optional<Json> document = findProject(context.transaction(), placeOf(context), name);
    if (document) {
      found.push((*document)["Project"]);
    } else {
      missing.push(each);
    }
  }
  return Json::object({{"projects", std::move(found)}, {"projectsNotFound", std::move(missing)}});
}

Outcome listAllProjects(dispatch::Context& context, const Json& input) {
  std::vector<std::pair<std::string, Json>> projects = listProjects(context.transaction(), placeOf(context));
  const std::string by = input.stringAt("sortBy", "NAME");
  const bool descending = input.stringAt("sortOrder", "ASCENDING") == "DESCENDING";
  const auto key = [&](const std::pair<std::string, Json>& each) {
    const Json& project = each.second["Project"];
    if (by == "NAME") return std::pair<std::int64_t, std::string>(0, each.first);
    return std::pair(project[by == "CREATED_TIME" ? "created" : "lastModified"].asInt(), each.first);
  };
  std::sort(projects.begin(), projects.end(), [&](const auto& left, const auto& right) {
    return descending ? key(right) < key(left) : key(left) < key(right);
  });
  std::size_t begin = 0;
  if (const std::string token = input.stringAt("nextToken"); !token.empty()) {
    const std::optional<std::string> last = base::decodeBase64(token);
    if (!last) return invalidNextToken();
    const auto at =
        std::find_if(projects.begin(), projects.end(), [&](const auto& each) { return each.first == *last; });
    if (at == projects.end()) return invalidNextToken();
    begin = static_cast<std::size_t>(at - projects.begin()) + 1;
  }
  Json names = Json::array();
  Json output = Json::object();
  for (std::size_t i = begin; i < projects.size() && i < begin + kPage; ++i) names.push(projects[i].first);
  if (projects.size() > begin + kPage) output.set("nextToken", base::encodeBase64(projects[begin + kPage - 1].first));
  output.set("projects", std::move(names));
  return output;
}

Outcome invalidateProjectCache(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = input.stringAt("projectName");
  std::optional<Json> document = findProject(context.transaction(), place, name);
  if (!document) return projectNotFound(place.projectArn(name));
  const Json& generation = (*document)["CacheGeneration"];
  document->set("CacheGeneration", (generation.isInt() ? generation.asInt() : 0) + 1);
  putProject(context.transaction(), place, *document);
  return Json::object();
}

}  // namespace

void registerProjects(dispatch::Registry& registry) {
  addOperation<shape::CreateProject>(registry, createProject);
  addOperation<shape::UpdateProject>(registry, updateProject);
  addOperation<shape::DeleteProject>(registry, deleteProject);
  addOperation<shape::BatchGetProjects>(registry, batchGetProjects);
  addOperation<shape::ListProjects>(registry, listAllProjects);
  addOperation<shape::InvalidateProjectCache>(registry, invalidateProjectCache);
}

}  // namespace thimble::services::codebuild
