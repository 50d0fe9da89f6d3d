#include "services/codebuild/batch/batch_plan.h"

#include <algorithm>

namespace thimble::services::codebuild {
namespace {

using base::Json;

enum class State { Waiting, Running, Done, Failed };

State stateOf(const Json& group) {
  const std::string status = group["currentBuildSummary"].stringAt("buildStatus");
  if (status.empty()) return State::Waiting;
  if (status == "IN_PROGRESS") return State::Running;
  return status == "SUCCEEDED" || group["ignoreFailure"] == Json(true) ? State::Done : State::Failed;
}

}  // namespace

Json batchSpecJson(const lang::buildspec::BatchSpec& spec) {
  Json builds = Json::array();
  for (const lang::buildspec::BatchBuild& build : spec.builds) {
    Json depends = Json::array();
    for (const std::string& each : build.depends_on) depends.push(each);
    Json out = Json::object(
        {{"identifier", build.identifier}, {"dependsOn", std::move(depends)}, {"ignoreFailure", build.ignore_failure}});
    if (!build.buildspec.empty()) out.set("buildspecOverride", build.buildspec);
    if (!build.compute_type.empty()) out.set("computeTypeOverride", build.compute_type);
    if (!build.image.empty()) out.set("imageOverride", build.image);
    if (!build.type.empty()) out.set("environmentTypeOverride", build.type);
    if (!build.privileged_mode.empty()) out.set("privilegedModeOverride", build.privileged_mode == "true");
    if (!build.variables.empty()) {
      Json variables = Json::array();
      for (const auto& [name, value] : build.variables) {
        variables.push(Json::object({{"name", name}, {"value", value}, {"type", "PLAINTEXT"}}));
      }
      out.set("environmentVariablesOverride", std::move(variables));
    }
    builds.push(std::move(out));
  }
  return Json::object({{"FastFail", spec.fast_fail}, {"Builds", std::move(builds)}});
}

std::string restrictionBroken(const Json& spec, const Json& project) {
  const Json& restrictions = project["buildBatchConfig"]["restrictions"];
  const Json& builds = spec["Builds"];
  if (restrictions["maximumBuildsAllowed"].isInt() &&
      static_cast<std::int64_t>(builds.size()) > restrictions["maximumBuildsAllowed"].asInt()) {
    return "The batch has " + std::to_string(builds.size()) + " builds, and the project's maximumBuildsAllowed is " +
           std::to_string(restrictions["maximumBuildsAllowed"].asInt());
  }
  const Json& allowed = restrictions["computeTypesAllowed"];
  if (!allowed.isArray() || allowed.size() == 0) return {};
  for (const Json& build : builds.asArray()) {
    const std::string type = build.stringAt("computeTypeOverride", project["environment"].stringAt("computeType"));
    const auto same = [&](const Json& each) { return each == Json(type); };
    if (std::none_of(allowed.asArray().begin(), allowed.asArray().end(), same)) {
      return "The compute type " + type + " of the build " + build.stringAt("identifier") +
             " is not one of the project's computeTypesAllowed";
    }
  }
  return {};
}

BatchPlan planBatch(const Json& groups, bool fast_fail, bool stops) {
  const auto named = [&](const std::string& identifier) {
    for (const Json& each : groups.asArray()) {
      if (each.stringAt("identifier") == identifier) return stateOf(each);
    }
    return State::Waiting;
  };
  BatchPlan plan;
  bool runs = false;
  for (const Json& group : groups.asArray()) {
    runs = runs || stateOf(group) == State::Running;
    plan.failed = plan.failed || stateOf(group) == State::Failed;
  }
  if (!stops && !(plan.failed && fast_fail)) {
    for (const Json& group : groups.asArray()) {
      if (stateOf(group) != State::Waiting) continue;
      const Json::Array depends = group["dependsOn"].isArray() ? group["dependsOn"].asArray() : Json::Array{};
      if (std::all_of(depends.begin(), depends.end(),
                      [&](const Json& each) { return named(each.asString()) == State::Done; })) {
        plan.start.push_back(group.stringAt("identifier"));
      }
    }
  }
  plan.ended = !runs && plan.start.empty();
  return plan;
}

void placeBatchArtifacts(Json& project, const std::string& identifier, bool combine) {
  // 1. A pipeline names the artifacts of several outputs IDENTIFIER and IDENTIFIER_ARTIFACT.
  const bool from_pipeline = project["artifacts"].stringAt("type") == "CODEPIPELINE";
  Json secondary = Json::array();
  Json primary = project["artifacts"];
  for (Json each : project["secondaryArtifacts"].isArray() ? project["secondaryArtifacts"].asArray() : Json::Array{}) {
    const std::string name = each.stringAt("artifactIdentifier");
    if (!from_pipeline) {
      secondary.push(std::move(each));
    } else if (name == identifier) {
      primary.set("location", each["location"]);
      primary.set("name", each["name"]);
    } else if (name.compare(0, identifier.size() + 1, identifier + "_") == 0) {
      each.set("artifactIdentifier", name.substr(identifier.size() + 1));
      secondary.push(std::move(each));
    }
  }
  // 2. Otherwise each build's artifacts lie in a folder of its identifier. What is to be combined as it is, file by
  // file, is so without more ado.
  const auto apart = [&](Json& artifacts) {
    const std::string type = artifacts.stringAt("type");
    if (type == "CODEPIPELINE" && combine) artifacts.set("name", artifacts.stringAt("name") + "/" + identifier);
    if (type != "S3" || (combine && artifacts.stringAt("packaging") != "ZIP")) return;
    const std::string path = artifacts.stringAt("path");
    artifacts.set("path", (path.empty() || path.back() == '/' ? path : path + "/") + identifier);
  };
  apart(primary);
  if (!from_pipeline) {
    Json placed = Json::array();
    for (Json each : secondary.asArray()) {
      apart(each);
      placed.push(std::move(each));
    }
    secondary = std::move(placed);
  }
  project.set("artifacts", std::move(primary));
  project.set("secondaryArtifacts", std::move(secondary));
}

}  // namespace thimble::services::codebuild
