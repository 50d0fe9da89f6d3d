// StartBuild, RetryBuild.
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
#include "services/codebuild/start_build.h"

#include "base/arn.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/records.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

/// Members of a build that are the project's.
constexpr const char* kShared[] = {"source",      "secondarySources", "cache",         "environment",
                                   "serviceRole", "timeoutInMinutes", "encryptionKey", "queuedTimeoutInMinutes"};

void overrideMember(Json& object, const char* member, const Json& input, const char* name) {
  if (input.contains(name)) object.set(member, input[name]);
}

/// A build's variables replace those of the same name.
Json mergeVariables(const Json& project, const Json& given) {
  Json merged = Json::array();
  const auto named = [](const Json& list, const std::string& name) {
    for (const Json& each : list.asArray()) {
      if (each.stringAt("name") == name) return true;
    }
    return false;
  };
  for (const Json& each : project.asArray()) {
    if (!named(given, each.stringAt("name"))) merged.push(each);
  }
  for (Json each : given.asArray()) {
    if (!each.contains("type")) each.set("type", "PLAINTEXT");
    merged.push(std::move(each));
  }
  return merged;
}

Json logsOf(const Json& project, const Place& place, const std::string& name, const std::string& uuid) {
  const Json& config = project["logsConfig"];
  const Json& cloud = config["cloudWatchLogs"];
  const Json& bucket = config["s3Logs"];
  Json logs = Json::object({{"cloudWatchLogs", cloud}, {"s3Logs", bucket}});
  if (cloud.stringAt("status") == "ENABLED") {
    const std::string group = cloud.stringAt("groupName", "/aws/codebuild/" + name);
    const std::string prefix = cloud.stringAt("streamName");
    const std::string stream = prefix.empty() ? uuid : prefix + "/" + uuid;
    logs.set("groupName", group);
    logs.set("streamName", stream);
    logs.set("cloudWatchLogsArn",
             "arn:aws:logs:" + place.region + ":" + place.account + ":log-group:" + group + ":log-stream:" + stream);
    std::string escaped;
    for (const char c : group) c == '/' ? escaped += "$252F" : escaped += c;
    logs.set("deepLink", "https://console.aws.amazon.com/cloudwatch/home?region=" + place.region +
                             "#logsV2:log-groups/log-group/" + escaped + "/log-events/" + stream);
  }
  if (bucket.stringAt("status") == "ENABLED") {
    const auto [name_of_bucket, path] = splitLocation(bucket.stringAt("location"));
    const std::string key = (path.empty() ? "" : path + "/") + uuid + ".gz";
    logs.set("s3LogsArn", "arn:aws:s3:::" + name_of_bucket + "/" + key);
    logs.set("s3DeepLink", "https://s3.console.aws.amazon.com/s3/object/" + name_of_bucket + "?prefix=" + key);
  }
  return logs;
}

base::Result<void> checkLimit(dispatch::Context& context, const Place& place, const Json& project) {
  const Json& limit = project["concurrentBuildLimit"];
  if (!limit.isInt()) return {};
  if (static_cast<std::int64_t>(countActive(context.transaction(), place, project.stringAt("name"))) < limit.asInt()) {
    return {};
  }
  return base::ApiError{"AccountLimitExceededException",
                        "Cannot have more than " + std::to_string(limit.asInt()) + " active builds for the project",
                        400};
}

Outcome startBuildOperation(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json document, startBuild(context, input));
  return Json::object({{"build", document["Build"]}});
}

Outcome retryBuild(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  TRY_ASSIGN(const std::string id, readBuildId(place, input.stringAt("id")));
  TRY(context.authorise("codebuild:RetryBuild", place.projectArn(projectOf(id))));
  const std::optional<Json> document = findBuild(context.transaction(), place, id);
  if (!document) return buildNotFound(id);
  if ((*document)["Build"]["buildComplete"] != Json(true)) return invalidInput("Build is not complete: " + id);
  Json again = (*document)["Internal"]["Input"];
  again.erase("idempotencyToken");
  TRY_ASSIGN(const Json started, startBuild(context, again));
  return Json::object({{"build", started["Build"]}});
}

}  // namespace

std::string initiatorOf(const dispatch::Context& context) {
  const dispatch::Call& call = context.call();
  if (const auto arn = base::parseArn(call.source_arn); arn && arn->service == "codepipeline") {
    return "codepipeline/" + arn->resource;
  }
  const dispatch::Identity& identity = call.identity;
  switch (identity.kind) {
    case dispatch::Identity::Kind::User:
      return identity.user_name;
    case dispatch::Identity::Kind::AssumedRole:
      return identity.role_arn.substr(identity.role_arn.rfind('/') + 1) + "/" + identity.session_name;
    case dispatch::Identity::Kind::Root:
      return "root";
    default:
      return identity.arn;
  }
}

Json applyOverrides(Json project, const Json& input) {
  Json source = project["source"];
  if (const std::string type = input.stringAt("sourceTypeOverride"); !type.empty() && type != source.stringAt("type")) {
    // Nothing of another kind of source applies.
    const Json buildspec = source["buildspec"];
    source = Json::object({{"type", type}});
    if (!buildspec.isNull()) source.set("buildspec", buildspec);
  }
  overrideMember(source, "location", input, "sourceLocationOverride");
  overrideMember(source, "auth", input, "sourceAuthOverride");
  overrideMember(source, "gitCloneDepth", input, "gitCloneDepthOverride");
  overrideMember(source, "gitSubmodulesConfig", input, "gitSubmodulesConfigOverride");
  overrideMember(source, "buildspec", input, "buildspecOverride");
  overrideMember(source, "insecureSsl", input, "insecureSslOverride");
  overrideMember(source, "reportBuildStatus", input, "reportBuildStatusOverride");
  overrideMember(source, "buildStatusConfig", input, "buildStatusConfigOverride");
  project.set("source", std::move(source));
  Json environment = project["environment"];
  overrideMember(environment, "type", input, "environmentTypeOverride");
  overrideMember(environment, "image", input, "imageOverride");
  overrideMember(environment, "computeType", input, "computeTypeOverride");
  overrideMember(environment, "certificate", input, "certificateOverride");
  overrideMember(environment, "privilegedMode", input, "privilegedModeOverride");
  overrideMember(environment, "registryCredential", input, "registryCredentialOverride");
  overrideMember(environment, "imagePullCredentialsType", input, "imagePullCredentialsTypeOverride");
  overrideMember(environment, "fleet", input, "fleetOverride");
  if (input["environmentVariablesOverride"].isArray()) {
    environment.set("environmentVariables",
                    mergeVariables(environment["environmentVariables"], input["environmentVariablesOverride"]));
  }
  project.set("environment", std::move(environment));
  overrideMember(project, "secondarySources", input, "secondarySourcesOverride");
  overrideMember(project, "secondarySourceVersions", input, "secondarySourcesVersionOverride");
  overrideMember(project, "sourceVersion", input, "sourceVersion");
  overrideMember(project, "artifacts", input, "artifactsOverride");
  overrideMember(project, "secondaryArtifacts", input, "secondaryArtifactsOverride");
  overrideMember(project, "cache", input, "cacheOverride");
  overrideMember(project, "serviceRole", input, "serviceRoleOverride");
  overrideMember(project, "timeoutInMinutes", input, "timeoutInMinutesOverride");
  overrideMember(project, "queuedTimeoutInMinutes", input, "queuedTimeoutInMinutesOverride");
  overrideMember(project, "encryptionKey", input, "encryptionKeyOverride");
  overrideMember(project, "logsConfig", input, "logsConfigOverride");
  overrideMember(project, "autoRetryLimit", input, "autoRetryLimitOverride");
  return project;
}

BuildStart buildStart(dispatch::Context& context) {
  return {
      placeOf(context),     context.transaction(),
      context.random(),     context.now(),
      initiatorOf(context), [&context](const dispatch::ProcessReference& process) { context.start(process, Json()); }};
}

Json addBuildOf(const BuildStart& start, Json project, const Json& input, const Json& extra) {
  const Place& place = start.place;
  const std::string name = project.stringAt("name");
  std::optional<Json> record = findProject(start.transaction, place, name);
  const std::int64_t number = record ? (*record)["Builds"].asInt() + 1 : 1;
  if (record) {
    record->set("Builds", number);
    putProject(start.transaction, place, *record);
  }
  const std::string uuid = start.random.uuid();
  const std::string id = name + ":" + uuid;
  const base::Timestamp now = start.now;
  Json phases = Json::array();
  beginPhase(phases, "SUBMITTED", now);
  endPhase(phases, "SUCCEEDED", now);
  beginPhase(phases, "QUEUED", now);
  Json build = Json::object({{"id", id},
                             {"arn", place.buildArn(id)},
                             {"buildNumber", number},
                             {"startTime", now.milliseconds},
                             {"currentPhase", "QUEUED"},
                             {"buildStatus", "IN_PROGRESS"},
                             {"projectName", name},
                             {"phases", std::move(phases)},
                             {"artifacts", Json::object({{"location", ""}})},
                             {"logs", logsOf(project, place, name, uuid)},
                             {"buildComplete", false},
                             {"initiator", start.initiator}});
  for (const char* member : kShared) {
    if (project.contains(member)) build.set(member, project[member]);
  }
  if (!project.stringAt("sourceVersion").empty()) build.set("sourceVersion", project["sourceVersion"]);
  if (project["secondarySourceVersions"].size() > 0) {
    build.set("secondarySourceVersions", project["secondarySourceVersions"]);
  }
  for (const auto& [key, value] : extra.asObject()) {
    if (key != "Internal") build.set(key, value);
  }
  Json internal = extra["Internal"].isObject() ? extra["Internal"] : Json::object();
  internal.set("Input", input);
  internal.set("CacheGeneration",
               record && (*record)["CacheGeneration"].isInt() ? (*record)["CacheGeneration"] : Json(0));
  Json document = Json::object({{"Build", std::move(build)},
                                {"Account", place.account},
                                {"Region", place.region},
                                {"Project", std::move(project)},
                                {"Internal", std::move(internal)}});
  if (record) {
    addBuild(start.transaction, place, document);
  } else {
    putBuild(start.transaction, place, document);  // Found by its id, not in lists.
  }
  putActive(start.transaction, place, name, id);
  start.start(buildProcess(place, id));
  return document;
}

base::Result<Json> startBuild(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = projectName(place, input.stringAt("projectName"));
  std::optional<Json> record = findProject(context.transaction(), place, name);
  if (!record) return projectNotFound(place.projectArn(name));
  // 1. The same request once more is the same build.
  const std::string token = input.stringAt("idempotencyToken");
  if (!token.empty()) {
    const std::optional<std::string> earlier = findToken(context.transaction(), place, name, token, context.now());
    if (earlier) {
      std::optional<Json> document = findBuild(context.transaction(), place, *earlier);
      if (document) {
        if (!((*document)["Internal"]["Input"] == input)) {
          return invalidInput("Idempotency token was used with different parameters: " + token);
        }
        return std::move(*document);
      }
    }
  }
  // 2. The project as this build has it.
  Json project = applyOverrides((*record)["Project"], input);
  addProjectDefaults(project, place);
  TRY(checkProject(project));
  TRY(checkPipelineSource(project));
  TRY(checkLimit(context, place, project));
  // 3. The build.
  Json document = addBuildOf(buildStart(context), std::move(project), input);
  if (!token.empty()) {
    putToken(context.transaction(), place, name, token, document["Build"].stringAt("id"), context.now());
  }
  return document;
}

void registerStartBuild(dispatch::Registry& registry) {
  addOperation<shape::StartBuild>(registry, startBuildOperation);
  addOperation<shape::RetryBuild>(registry, retryBuild);
}

}  // namespace thimble::services::codebuild
