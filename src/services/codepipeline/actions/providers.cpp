#include <algorithm>

#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::int64_t kFirstPause = 40;  ///< Milliseconds.
constexpr std::int64_t kLongestPause = 1500;

base::Json artifactList(const std::vector<ArtifactPlace>& places) {
  base::Json list = base::Json::array();
  for (const ArtifactPlace& place : places) {
    base::Json artifact = base::Json::object();
    artifact.set("name", place.name);
    if (!place.revision.empty()) artifact.set("revision", place.revision);
    artifact.set("location",
                 base::Json::object(
                     {{"type", "S3"},
                      {"s3Location", base::Json::object({{"bucketName", place.bucket}, {"objectKey", place.key}})}}));
    list.push(std::move(artifact));
  }
  return list;
}

}  // namespace

ActionStep ActionStep::lookAgain(base::Json& progress, ActionReport report) {
  const std::int64_t before = progress["pause"].isInt() ? progress["pause"].asInt() : 0;
  ActionStep step;
  step.kind = Kind::Pause;
  step.pause = before == 0 ? kFirstPause : std::min(kLongestPause, before + before / 3);
  step.report = std::move(report);
  progress.set("pause", step.pause);
  return step;
}

ActionStep ActionProvider::answered(const ActionInput&, base::Json&, const dispatch::CallOutcome&) const {
  return ActionStep::wait();
}

ActionStep ActionProvider::lost(const ActionInput& input, base::Json&) const {
  return ActionStep::fail("SystemUnavailable", "The server stopped while the action " + input.action +
                                                   " was calling another service. It is not known whether the call was "
                                                   "made, so it is not made again; retry the stage.");
}

ActionStep ActionProvider::resumed(const ActionInput&, base::Json&) const {
  return ActionStep::wait();
}

ActionStep ActionProvider::continued(const ActionInput&, base::Json&, const std::string&) const {
  return ActionStep::wait();
}

std::int64_t ActionProvider::timeout(const ActionInput&) const {
  return kHour;
}

const ActionProvider* findProvider(const base::Json& type) {
  const std::string category = type.stringAt("category");
  const std::string provider = type.stringAt("provider");
  const std::string owner = type.stringAt("owner");
  if (owner == "ThirdParty" && category == "Source" && provider == "GitHub") return &gitHubSource();
  if (owner == "Custom" || owner == "ThirdParty") return &customJob();
  if (owner != "AWS") return nullptr;
  if (category == "Rule" && provider == "VariableCheck") return &variableCheck();
  if (category == "Rule" && provider == "DeploymentWindow") return &deploymentWindow();
  if (category == "Rule" && provider == "Commands") return &codeBuild();
  if (category == "Compute" && provider == "Commands") return &codeBuild();
  if (category == "Rule" && provider == "LambdaInvoke") return &lambdaInvoke();
  if (category == "Rule" && provider == "CodeBuild") return &codeBuild();
  if (category == "Source" && provider == "S3") return &s3Source();
  if (category == "Source" && provider == "CodeCommit") return &codeCommitSource();
  if (category == "Source" && provider == "CodeStarSourceConnection") return &connectionSource();
  if (category == "Build" && provider == "CodeBuild") return &codeBuild();
  if (category == "Test" && provider == "CodeBuild") return &codeBuild();
  if (category == "Deploy" && provider == "CloudFormation") return &cloudFormationDeploy();
  if (category == "Deploy" && provider == "S3") return &s3Deploy();
  if (category == "Invoke" && provider == "Lambda") return &lambdaInvoke();
  if (category == "Invoke" && provider == "StepFunctions") return &stepFunctionsInvoke();
  if (category == "Approval" && provider == "Manual") return &manualApproval();
  return nullptr;
}

const ArtifactPlace* findInput(const ActionInput& input, const std::string& name) {
  const auto found = std::find_if(input.inputs.begin(), input.inputs.end(),
                                  [&](const ArtifactPlace& place) { return place.name == name; });
  return found == input.inputs.end() ? nullptr : &*found;
}

std::string providerName(const base::Json& type) {
  return type.stringAt("owner") + "/" + type.stringAt("category") + "/" + type.stringAt("provider");
}

ActionStep failedCall(const base::ApiError& error) {
  const bool refused = error.code.find("AccessDenied") != std::string::npos || error.http_status == 403;
  return ActionStep::fail(refused ? "PermissionError" : "JobFailed",
                          error.message.empty() ? error.code : error.message);
}

std::optional<ActionStep> outputRefused(const ActionInput& input, const base::ApiError& error) {
  if (error.code != "AccessDenied" || input.outputs.empty()) return std::nullopt;
  const ArtifactPlace& place = input.outputs.front();
  return ActionStep::fail("PermissionError",
                          "Unable to access the artifact with Amazon S3 object key '" + place.key +
                              "' located in the Amazon S3 artifact bucket '" + place.bucket +
                              "'. The provided role does not have sufficient permissions. Error: " + error.message);
}

base::Json jobData(const ActionInput& input, const std::string& continuation_token) {
  base::Json data = base::Json::object();
  data.set("actionConfiguration", base::Json::object({{"configuration", input.configuration}}));
  data.set("inputArtifacts", artifactList(input.inputs));
  data.set("outputArtifacts", artifactList(input.outputs));
  if (!input.credentials.access_key_id.empty()) {
    data.set("artifactCredentials", base::Json::object({{"accessKeyId", input.credentials.access_key_id},
                                                        {"secretAccessKey", input.credentials.secret_access_key},
                                                        {"sessionToken", input.credentials.session_token}}));
  }
  if (!continuation_token.empty()) data.set("continuationToken", continuation_token);
  return data;
}

}  // namespace thimble::services::codepipeline
