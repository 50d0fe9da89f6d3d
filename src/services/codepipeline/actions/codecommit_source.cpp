// Source from CodeCommit: the newest commit of a branch becomes the artifact.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
#include "services/codepipeline/actions/kinds.h"
#include "services/codepipeline/actions/revision_text.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

class CodeCommitSource final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json& progress) const override {
    progress = Json::object();
    const std::string format = input.configuration.stringAt("OutputArtifactFormat", "CODE_ZIP");
    if (format != "CODE_ZIP" && format != "CODEBUILD_CLONE_REF") {
      return ActionStep::fail("ConfigurationError", "The OutputArtifactFormat " + format + " is not valid.");
    }
    if (input.override_type == "COMMIT_ID") return store(input, progress, input.override_value);
    progress.set("step", "branch");
    return ActionStep::call("codecommit", "GetBranch",
                            Json::object({{"repositoryName", repository(input)}, {"branchName", branch(input)}}));
  }

  ActionStep answered(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) return failed(input, outcome.error());
    if (progress.stringAt("step") == "store") return finished(input, outcome->output);
    return store(input, progress, outcome->output["branch"].stringAt("commitId"));
  }

  /// Reading changes nothing, and the archive of a commit made again is the same.
  ActionStep lost(const ActionInput& input, Json& progress) const override {
    return progress.stringAt("step") == "store" ? store(input, progress, progress.stringAt("commit"))
                                                : begin(input, progress);
  }

 private:
  static std::string repository(const ActionInput& input) { return input.configuration.stringAt("RepositoryName"); }
  static std::string branch(const ActionInput& input) { return input.configuration.stringAt("BranchName"); }

  static ActionStep store(const ActionInput& input, Json& progress, const std::string& commit) {
    progress.set("step", "store");
    progress.set("commit", commit);
    Json call = Json::object({{"RepositoryName", repository(input)},
                              {"Specifier", commit},
                              {"Bucket", input.outputs.front().bucket},
                              {"Key", input.outputs.front().key}});
    if (input.configuration.stringAt("OutputArtifactFormat") == "CODEBUILD_CLONE_REF") {
      call.set("WithHistory", true);
      call.set("Branch", branch(input));
    }
    return ActionStep::call("thimble.codecommit", "Archive", std::move(call));
  }

  static std::string dateOf(const Json& answer, const char* member) {
    return base::formatIso8601Seconds(base::Timestamp{answer[member].isInt() ? answer[member].asInt() : 0});
  }

  static ActionStep failed(const ActionInput& input, const base::ApiError& error) {
    if (const auto refused = outputRefused(input, error)) return *refused;
    if (error.code == "RepositoryDoesNotExistException" || error.code == "BranchDoesNotExistException") {
      return ActionStep::fail(
          "ConfigurationError",
          "The action failed because no branch named " + branch(input) +
              " was found in the selected AWS CodeCommit repository " + repository(input) +
              ". Make sure you are using the correct branch name, and then try again. Error: " + error.message);
    }
    if (error.code == "AccessDeniedException" || error.http_status == 403) {
      return ActionStep::fail("PermissionError",
                              "The service role or action role doesn't have the permissions required to access the AWS "
                              "CodeCommit repository named " +
                                  repository(input) +
                                  ". Update the IAM role permissions, and then try again. Error: " + error.message);
    }
    return failedCall(error);
  }

  static ActionStep finished(const ActionInput& input, const Json& answer) {
    const std::string commit = answer.stringAt("CommitId");
    std::string message = answer.stringAt("Message");
    ActionRevision revision;
    revision.id = commit;
    revision.summary = shortRevisionText(message);
    revision.url = "https://" + input.region + ".console.aws.amazon.com/codesuite/codecommit/repositories/" +
                   repository(input) + "/commit/" + commit;
    ActionReport report;
    report.external_id = commit;
    report.external_url = revision.url;
    report.summary = revision.summary;
    report.revision = std::move(revision);
    report.variables = {{"RepositoryName", repository(input)},
                        {"BranchName", branch(input)},
                        {"CommitId", commit},
                        {"CommitMessage", std::move(message)},
                        {"AuthorDate", dateOf(answer, "AuthorDate")},
                        {"CommitterDate", dateOf(answer, "CommitterDate")}};
    return ActionStep::succeed(std::move(report));
  }
};

}  // namespace

const ActionProvider& codeCommitSource() {
  static const CodeCommitSource provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
