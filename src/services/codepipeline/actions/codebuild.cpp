// Builds and tests by CodeBuild, and commands, which are builds without a project.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Commands.html
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

/// How a build is begun and looked at; a batch has operations of its own, and so have commands.
struct Operations {
  const char* service;
  const char* start;
  const char* started;  ///< Member of the start's answer.
  const char* get;
  const char* list;  ///< Members of `get`'s answer and of the build.
  const char* status;
};
constexpr Operations kBuild = {"codebuild", "StartBuild", "build", "BatchGetBuilds", "builds", "buildStatus"};
constexpr Operations kBatch = {"codebuild",    "StartBuildBatch", "buildBatch", "BatchGetBuildBatches",
                               "buildBatches", "buildBatchStatus"};
constexpr Operations kCommands = {
    "thimble.codebuild", "StartBuildWithoutProject", "build", "GetBuildWithoutProject", "builds", "buildStatus"};
constexpr int kCommandsMinutes = 55;

class CodeBuild final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json& progress) const override {
    progress = Json::object({{"step", "start"}});
    std::string primary = input.configuration.stringAt("PrimarySource");
    if (isCommands(input) && !input.inputs.empty()) primary = input.inputs.front().name;
    if (input.inputs.size() > 1 && findInput(input, primary) == nullptr) {
      return ActionStep::fail(
          "ConfigurationError",
          "The action " + input.action + " has more than one input artifact. Name one of them as its PrimarySource.");
    }
    Json call = Json::object();
    if (isCommands(input)) {
      call.set("project", commandsProject(input));
    } else {
      call.set("projectName", input.configuration.stringAt("ProjectName"));
    }
    call.set("idempotencyToken", input.action_id);
    setSources(input, primary, call);
    setArtifacts(input, call);
    if (isBatch(input) && isSet(input, "CombineArtifacts")) {
      call.set("buildBatchConfigOverride", Json::object({{"combineArtifacts", true}}));
    }
    if (const std::string buildspec = input.configuration.stringAt("BuildspecOverride"); !buildspec.empty()) {
      call.set("buildspecOverride", buildspec);
    }
    if (const std::string text = input.configuration.stringAt("EnvironmentVariables"); !text.empty()) {
      auto variables = Json::parse(text);
      if (!variables.ok() || !variables->isArray()) {
        return ActionStep::fail("ConfigurationError", "The EnvironmentVariables of the action " + input.action +
                                                          " are no valid JSON array of name, value and type.");
      }
      call.set("environmentVariablesOverride", std::move(variables).value());
    }
    return ActionStep::call(operations(input).service, operations(input).start, std::move(call));
  }

  ActionStep answered(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) return failed(input, outcome.error());
    if (progress.stringAt("step") == "start") {
      const Json& build = outcome->output[operations(input).started];
      progress.set("id", build.stringAt("id"));
      ActionStep step = isBatch(input) ? look(input, progress) : await(progress);
      step.report = reportOf(input, progress, build);
      return step;
    }
    if (progress.stringAt("step") == "await") return look(input, progress);
    return looked(input, progress, outcome->output[operations(input).list][std::size_t{0}]);
  }

  ActionStep resumed(const ActionInput& input, Json& progress) const override { return look(input, progress); }

  /// The start carries the action's id as its token: made again it is the same build.
  ActionStep lost(const ActionInput& input, Json& progress) const override {
    const std::string step = progress.stringAt("step");
    if (step == "start") return begin(input, progress);
    return step == "await" ? await(progress) : look(input, progress);
  }

  std::int64_t timeout(const ActionInput&) const override { return 36 * kHour; }

 private:
  static bool isSet(const ActionInput& input, const char* name) {
    const std::string value = input.configuration.stringAt(name);
    return value == "true" || value == "True";
  }
  static bool isBatch(const ActionInput& input) { return isSet(input, "BatchEnabled"); }

  static bool isCommands(const ActionInput& input) {
    return input.declaration["actionTypeId"].stringAt("provider") == "Commands";
  }

  static const Operations& operations(const ActionInput& input) {
    if (isCommands(input)) return kCommands;
    return isBatch(input) ? kBatch : kBuild;
  }

  /// What AWS builds commands by. Its log is the pipeline's, and its role that of the action.
  static Json commandsProject(const ActionInput& input) {
    Json spec = Json::object({{"version", "0.2"}});
    if (input.declaration["outputVariables"].size() > 0) {
      spec.set("env", Json::object({{"exported-variables", input.declaration["outputVariables"]}}));
    }
    spec.set("phases", Json::object({{"build", Json::object({{"commands", input.declaration["commands"]}})}}));
    if (!input.outputs.empty()) {
      const Json& files = input.declaration["outputArtifacts"][std::size_t{0}]["files"];
      spec.set("artifacts", Json::object({{"files", files.size() > 0 ? files : Json::array({"**/*"})}}));
    }
    Json environment =
        Json::object({{"type", input.configuration.stringAt("EnvironmentType", "LINUX_CONTAINER")},
                      {"image", "aws/codebuild/amazonlinux2-x86_64-standard:5.0"},
                      {"computeType", input.configuration.stringAt("ComputeType", "BUILD_GENERAL1_SMALL")}});
    if (input.declaration.contains("environmentVariables")) {
      environment.set("environmentVariables", input.declaration["environmentVariables"]);
    }
    const Json log = Json::object({{"status", "ENABLED"}, {"groupName", "/aws/codepipeline/" + input.pipeline}});
    return Json::object({{"name", "codepipeline-commands"},
                         {"source", Json::object({{"type", "NO_SOURCE"}, {"buildspec", spec.write()}})},
                         {"artifacts", Json::object({{"type", "NO_ARTIFACTS"}})},
                         {"environment", std::move(environment)},
                         {"timeoutInMinutes", kCommandsMinutes},
                         {"logsConfig", Json::object({{"cloudWatchLogs", log}})}});
  }

  /// Where the artifacts are is told by each build. The primary one has the type CODEPIPELINE, which no secondary
  /// source may have; those are objects in S3 to the build.
  static void setSources(const ActionInput& input, const std::string& primary, Json& call) {
    Json others = Json::array();
    for (const ArtifactPlace& place : input.inputs) {
      const std::string location = place.bucket + "/" + place.key;
      if (input.inputs.size() == 1 || place.name == primary) {
        call.set("sourceTypeOverride", "CODEPIPELINE");
        call.set("sourceLocationOverride", location);
        // Of an artifact that a source made, the commit or version that the build is told of.
        call.set("sourceVersion", place.revision.empty() ? "arn:aws:s3:::" + location : place.revision);
        continue;
      }
      others.push(Json::object({{"type", "S3"}, {"location", location}, {"sourceIdentifier", place.name}}));
    }
    if (!others.empty()) call.set("secondarySourcesOverride", std::move(others));
  }

  static Json artifact(const char* type, const ArtifactPlace& place) {
    return Json::object({{"type", type},
                         {"location", place.bucket},
                         {"name", place.key},
                         {"namespaceType", "NONE"},
                         {"packaging", "ZIP"}});
  }

  /// One output artifact is the build's primary one; of several, each is a secondary one of its name. Those of a batch
  /// are named after its builds, unless they are combined.
  static void setArtifacts(const ActionInput& input, Json& call) {
    if (input.inputs.empty() && input.outputs.empty()) return;
    if (input.outputs.size() == 1 && (!isBatch(input) || isSet(input, "CombineArtifacts"))) {
      call.set("artifactsOverride", artifact("CODEPIPELINE", input.outputs.front()));
      return;
    }
    call.set("artifactsOverride", Json::object({{"type", "CODEPIPELINE"}}));
    Json list = Json::array();
    for (const ArtifactPlace& place : input.outputs) {
      Json one = artifact("S3", place);
      one.set("artifactIdentifier", place.name);
      list.push(std::move(one));
    }
    if (!list.empty()) call.set("secondaryArtifactsOverride", std::move(list));
  }

  /// Until the build is at its end.
  static ActionStep await(Json& progress) {
    progress.set("step", "await");
    return ActionStep::call("thimble.codebuild", "AwaitBuild", Json::object({{"id", progress.stringAt("id")}}));
  }

  static ActionStep look(const ActionInput& input, Json& progress) {
    progress.set("step", "watch");
    return ActionStep::call(operations(input).service, operations(input).get,
                            Json::object({{"ids", Json::array({progress.stringAt("id")})}}));
  }

  static ActionReport reportOf(const ActionInput& input, const Json& progress, const Json& build) {
    ActionReport report;
    report.external_id = progress.stringAt("id");
    report.external_url = build["logs"].stringAt("deepLink");
    if (report.external_url.empty()) {
      report.external_url = "https://console.aws.amazon.com/codebuild/home?region=" + input.region + "#/builds/" +
                            report.external_id + "/view/new";
    }
    return report;
  }

  static ActionStep looked(const ActionInput& input, Json& progress, const Json& build) {
    if (build.isNull()) {
      return ActionStep::fail("JobFailed", "The build " + progress.stringAt("id") + " does not exist any more.");
    }
    const std::string status = build.stringAt(operations(input).status);
    ActionReport report = reportOf(input, progress, build);
    if (status == "IN_PROGRESS")
      return isBatch(input) ? ActionStep::lookAgain(progress, std::move(report)) : await(progress);
    if (status != "SUCCEEDED") return ActionStep::fail("JobFailed", whatFailed(status, build), std::move(report));
    for (const Json& variable : build["exportedEnvironmentVariables"].isArray()
                                    ? build["exportedEnvironmentVariables"].asArray()
                                    : Json::Array{}) {
      report.variables.emplace_back(variable.stringAt("name"), variable.stringAt("value"));
    }
    return ActionStep::succeed(std::move(report));
  }

  static std::string whatFailed(const std::string& status, const Json& build) {
    std::string text = "Build terminated with state: " + status;
    for (const Json& phase : build["phases"].isArray() ? build["phases"].asArray() : Json::Array{}) {
      if (phase.stringAt("phaseStatus").empty() || phase.stringAt("phaseStatus") == "SUCCEEDED") continue;
      const Json& context = phase["contexts"][std::size_t{0}];
      return text + ". Phase: " + phase.stringAt("phaseType") + ", Code: " + context.stringAt("statusCode") +
             ", Message: " + context.stringAt("message");
    }
    return text;
  }

  static ActionStep failed(const ActionInput& input, const base::ApiError& error) {
    if (error.code != "ResourceNotFoundException") return failedCall(error);
    return ActionStep::fail("ConfigurationError",
                            "Error calling " + std::string(operations(input).start) + ": " + error.message);
  }
};

}  // namespace

const ActionProvider& codeBuild() {
  static const CodeBuild provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
