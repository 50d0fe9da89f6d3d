// Builds that have no project, which CodePipeline runs commands by, as two internal operations.
//
// StartBuildWithoutProject: {"project": a Project, "idempotencyToken", and the overrides of StartBuild}; the build runs
// as the caller's role. Its answer is StartBuild's.
// GetBuildWithoutProject: {"ids"}; its answer is that of BatchGetBuilds.
#include "services/codebuild/build_process.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/records.h"
#include "services/codebuild/start_build.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;

Outcome start(dispatch::Context& context) {
  const Json& input = context.call().input;
  const Place place = placeOf(context);
  const std::string name = input["project"].stringAt("name");
  const std::string token = input.stringAt("idempotencyToken");
  if (const auto earlier = findToken(context.transaction(), place, name, token, context.now())) {
    if (const auto document = findBuild(context.transaction(), place, *earlier)) {
      return Json::object({{"build", (*document)["Build"]}});
    }
  }
  Json project = applyOverrides(input["project"], input);
  project.set("serviceRole", context.call().identity.role_arn);
  addProjectDefaults(project, place);
  TRY(checkProject(project));
  // The role trusts the service that asks, not CodeBuild.
  const Json internal = Json::object({{"Principal", "codepipeline.amazonaws.com"}});
  const Json document =
      addBuildOf(buildStart(context), std::move(project), input, Json::object({{"Internal", internal}}));
  putToken(context.transaction(), place, name, token, document["Build"].stringAt("id"), context.now());
  return Json::object({{"build", document["Build"]}});
}

Outcome get(dispatch::Context& context) {
  Json builds = Json::array();
  for (const Json& id : context.call().input["ids"].asArray()) {
    const auto document = findBuild(context.transaction(), placeOf(context), id.asString());
    if (document && (*document)["Internal"].contains("Principal")) builds.push((*document)["Build"]);
  }
  return Json::object({{"builds", std::move(builds)}});
}

void add(dispatch::Registry& registry, const char* operation, Outcome (*work)(dispatch::Context&)) {
  registry.addInternal(kInternalService, operation,
                       [work](const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
                         context->transact<Json>(work, [done](Outcome outcome) {
                           if (!outcome.ok()) return done(std::move(outcome).error());
                           done(dispatch::Answer{std::move(outcome).value(), nullptr, 0});
                         });
                       });
}

}  // namespace

void registerBuildWithoutProject(dispatch::Registry& registry) {
  add(registry, "StartBuildWithoutProject", start);
  add(registry, "GetBuildWithoutProject", get);
}

}  // namespace thimble::services::codebuild
