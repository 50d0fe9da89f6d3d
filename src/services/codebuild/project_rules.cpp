#include "services/codebuild/project_rules.h"

#include <set>

#include "services/codebuild/errors.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;

base::Result<void> checkSource(const Json& source, bool secondary) {
  const std::string type = source.stringAt("type");
  const std::string location = source.stringAt("location");
  const std::string buildspec = source.stringAt("buildspec");
  if (secondary && source.stringAt("sourceIdentifier").empty()) {
    return invalidInput("Secondary sources must have a source identifier");
  }
  if (secondary && (type == "CODEPIPELINE" || type == "NO_SOURCE")) {
    return invalidInput("Secondary sources cannot be of type " + type);
  }
  if (type == "NO_SOURCE") {
    if (!isInlineBuildspec(buildspec)) {
      return invalidInput(
          "Invalid project source: buildspec must be specified inline when using source type NO_SOURCE");
    }
    return {};
  }
  if (type == "S3") {
    const auto [bucket, key] = splitLocation(location);
    if (bucket.empty() || key.empty()) {
      return invalidInput("Invalid project source: location must be a valid S3 source");
    }
    return {};
  }
  if (isGitSource(type) && location.empty()) {
    return invalidInput("Invalid project source: location must be a valid repository for source type " + type);
  }
  return {};
}

base::Result<void> checkArtifacts(const Json& artifacts, bool secondary) {
  const std::string type = artifacts.stringAt("type");
  if (secondary && artifacts.stringAt("artifactIdentifier").empty()) {
    return invalidInput("Secondary artifacts must have an artifact identifier");
  }
  if (type == "S3" && artifacts.stringAt("location").empty()) {
    return invalidInput("Invalid artifacts: location must be specified for artifacts type S3");
  }
  return {};
}

void addDefault(Json& object, const char* name, Json value) {
  if (!object.contains(name)) object.set(name, std::move(value));
}

}  // namespace

bool isGitSource(const std::string& type) {
  return type == "CODECOMMIT" || type == "GITHUB" || type == "GITHUB_ENTERPRISE" || type == "BITBUCKET" ||
         type == "GITLAB" || type == "GITLAB_SELF_MANAGED";
}

bool isInlineBuildspec(const std::string& buildspec) {
  return buildspec.find('\n') != std::string::npos || buildspec.find("version:") != std::string::npos ||
         buildspec.find("\"version\"") != std::string::npos || (!buildspec.empty() && buildspec[0] == '{');
}

std::pair<std::string, std::string> splitLocation(const std::string& location) {
  constexpr std::string_view kArn = "arn:aws:s3:::";
  const std::string plain = location.compare(0, kArn.size(), kArn) == 0 ? location.substr(kArn.size()) : location;
  const std::size_t slash = plain.find('/');
  return slash == std::string::npos ? std::pair(plain, std::string())
                                    : std::pair(plain.substr(0, slash), plain.substr(slash + 1));
}

std::string roleArn(const std::string& role, const std::string& account) {
  if (role.empty() || role.compare(0, 4, "arn:") == 0) return role;
  const std::string name = role.compare(0, 5, "role/") == 0 ? role.substr(5) : role;
  return "arn:aws:iam::" + account + ":role/" + name;
}

base::Result<void> checkProject(const Json& project) {
  TRY(checkSource(project["source"], false));
  TRY(checkArtifacts(project["artifacts"], false));
  std::set<std::string> identifiers;
  if (project["secondarySources"].isArray()) {
    for (const Json& each : project["secondarySources"].asArray()) {
      TRY(checkSource(each, true));
      if (!identifiers.insert(each.stringAt("sourceIdentifier")).second) {
        return invalidInput("Source identifiers must be unique");
      }
    }
  }
  identifiers.clear();
  if (project["secondaryArtifacts"].isArray()) {
    for (const Json& each : project["secondaryArtifacts"].asArray()) {
      TRY(checkArtifacts(each, true));
      if (!identifiers.insert(each.stringAt("artifactIdentifier")).second) {
        return invalidInput("Artifact identifiers must be unique");
      }
    }
  }
  const bool from_pipeline = project["source"].stringAt("type") == "CODEPIPELINE";
  const bool to_pipeline = project["artifacts"].stringAt("type") == "CODEPIPELINE";
  if (from_pipeline != to_pipeline) {
    return invalidInput(
        "Invalid artifacts: artifact type CODEPIPELINE must be specified if and only if the source type is "
        "CODEPIPELINE");
  }
  const std::string kind = project["environment"].stringAt("type");
  if (kind.find("WINDOWS") != std::string::npos || kind == "MAC_ARM") {
    return notHere("Environment type " + kind + " (builds run on this Linux machine; it)");
  }
  if (project["cache"].stringAt("type") == "S3" && project["cache"].stringAt("location").empty()) {
    return invalidInput("Invalid cache: location must be specified for cache type S3");
  }
  if (project.contains("vpcConfig") && !project["vpcConfig"].stringAt("vpcId").empty()) {
    return notHere("vpcConfig");
  }
  if (project["fileSystemLocations"].size() > 0) return notHere("fileSystemLocations");
  if (!project["environment"]["fleet"].stringAt("fleetArn").empty()) return notHere("environment.fleet");
  std::set<std::string> names;
  const Json& variables = project["environment"]["environmentVariables"];
  if (variables.isArray()) {
    for (const Json& each : variables.asArray()) {
      if (!names.insert(each.stringAt("name")).second) {
        return invalidInput("Duplicate environment variable name: " + each.stringAt("name"));
      }
    }
  }
  return {};
}

base::Result<void> checkPipelineSource(const Json& project) {
  if (project["source"].stringAt("type") != "CODEPIPELINE") return {};
  if (project["source"].stringAt("location").empty()) {
    return invalidInput("Project with source type CODEPIPELINE can only be started by AWS CodePipeline");
  }
  return {};
}

void addProjectDefaults(Json& project, const Place& place) {
  project.set("serviceRole", roleArn(project.stringAt("serviceRole"), place.account));
  addDefault(project, "timeoutInMinutes", 60);
  addDefault(project, "queuedTimeoutInMinutes", 480);
  addDefault(project, "encryptionKey", "arn:aws:kms:" + place.region + ":" + place.account + ":alias/aws/s3");
  addDefault(project, "cache", Json::object({{"type", "NO_CACHE"}}));
  addDefault(project, "secondarySources", Json::array());
  addDefault(project, "secondaryArtifacts", Json::array());
  addDefault(project, "tags", Json::array());
  addDefault(project, "projectVisibility", "PRIVATE");
  Json logs = project["logsConfig"];
  if (!logs.isObject()) logs = Json::object();
  addDefault(logs, "cloudWatchLogs", Json::object({{"status", "ENABLED"}}));
  addDefault(logs, "s3Logs", Json::object({{"status", "DISABLED"}, {"encryptionDisabled", false}}));
  project.set("logsConfig", std::move(logs));
  Json environment = project["environment"];
  addDefault(environment, "environmentVariables", Json::array());
  addDefault(environment, "privilegedMode", false);
  addDefault(environment, "imagePullCredentialsType", "CODEBUILD");
  Json variables = Json::array();
  for (Json each : environment["environmentVariables"].asArray()) {
    addDefault(each, "type", "PLAINTEXT");
    variables.push(std::move(each));
  }
  environment.set("environmentVariables", std::move(variables));
  project.set("environment", std::move(environment));
  Json source = project["source"];
  addDefault(source, "insecureSsl", false);
  project.set("source", std::move(source));
  Json artifacts = project["artifacts"];
  const std::string type = artifacts.stringAt("type");
  if (type == "S3") {
    addDefault(artifacts, "namespaceType", "NONE");
    addDefault(artifacts, "packaging", "NONE");
    addDefault(artifacts, "name", project["name"]);
    addDefault(artifacts, "path", "");
  }
  if (type == "CODEPIPELINE") {
    addDefault(artifacts, "name", project["name"]);
    addDefault(artifacts, "packaging", "NONE");
  }
  if (type != "NO_ARTIFACTS") {
    addDefault(artifacts, "encryptionDisabled", false);
    addDefault(artifacts, "overrideArtifactName", false);
  }
  project.set("artifacts", std::move(artifacts));
}

}  // namespace thimble::services::codebuild
