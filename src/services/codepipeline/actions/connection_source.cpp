// Source from a connection's repository: the newest commit of a branch becomes the artifact.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
#include "services/codepipeline/actions/kinds.h"
#include "services/codepipeline/actions/revision_text.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

class ConnectionSource final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json&) const override {
    const std::string format = input.configuration.stringAt("OutputArtifactFormat", "CODE_ZIP");
    if (format != "CODE_ZIP" && format != "CODEBUILD_CLONE_REF") {
      return ActionStep::fail("ConfigurationError", "The OutputArtifactFormat " + format + " is not valid.");
    }
    Json call = Json::object({{"ConnectionArn", input.configuration.stringAt("ConnectionArn")},
                              {"FullRepositoryId", repository(input)},
                              {"Reference", "refs/heads/" + input.configuration.stringAt("BranchName")},
                              {"Bucket", input.outputs.front().bucket},
                              {"Key", input.outputs.front().key},
                              {"WithHistory", format == "CODEBUILD_CLONE_REF"}});
    if (input.override_type == "COMMIT_ID") call.set("CommitId", input.override_value);
    return ActionStep::call("thimble.codeconnections", "Archive", std::move(call));
  }

  ActionStep answered(const ActionInput& input, Json&, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) return failed(input, outcome.error());
    const Json& answer = outcome->output;
    ActionRevision revision;
    revision.id = answer.stringAt("CommitId");
    const std::string message = answer.stringAt("Message");
    revision.summary = Json::object({{"ProviderType", "Git"}, {"CommitMessage", shortRevisionText(message)}}).write();
    revision.url = "https://" + input.region +
                   ".console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=" +
                   input.configuration.stringAt("ConnectionArn") +
                   "&referenceType=COMMIT&FullRepositoryId=" + repository(input) + "&Commit=" + revision.id;
    ActionReport report;
    report.external_id = revision.id;
    report.external_url = revision.url;
    report.summary = revision.summary;
    report.revision = std::move(revision);
    report.variables = {{"AuthorEmail", answer.stringAt("AuthorEmail")},
                        {"AuthorDisplayName", answer.stringAt("AuthorName")},
                        {"AuthorDate", base::formatIso8601Seconds(base::Timestamp{answer["AuthorDate"].asInt()})},
                        {"BranchName", branch(input)},
                        {"CommitId", answer.stringAt("CommitId")},
                        {"CommitMessage", message},
                        {"ConnectionArn", input.configuration.stringAt("ConnectionArn")},
                        {"FullRepositoryName", repository(input)}};
    if (input.override_reference.starts_with("refs/tags/")) {
      report.variables.emplace_back("TagName", input.override_reference.substr(10));
    }
    return ActionStep::succeed(std::move(report));
  }

  /// Reading changes nothing; an artifact that was half made has another name.
  ActionStep lost(const ActionInput& input, Json& progress) const override { return begin(input, progress); }

 private:
  static std::string repository(const ActionInput& input) { return input.configuration.stringAt("FullRepositoryId"); }
  static std::string branch(const ActionInput& input) {
    return input.override_reference.starts_with("refs/heads/") ? input.override_reference.substr(11)
                                                               : input.configuration.stringAt("BranchName");
  }

  static ActionStep failed(const ActionInput& input, const base::ApiError& error) {
    if (const auto refused = outputRefused(input, error)) return *refused;
    if (error.code.find("AccessDenied") != std::string::npos) {
      return ActionStep::fail("PermissionError",
                              "Unable to use Connection: " + input.configuration.stringAt("ConnectionArn") +
                                  ". The provided role does not have sufficient permissions. " + error.message);
    }
    if (error.code == "ResourceNotFoundException" || error.code == "ConfigurationError") {
      return ActionStep::fail("ConfigurationError", error.message);
    }
    if (error.code == "SourceError" || error.code == "AddressForbidden" || error.code == "ConnectionFailed") {
      return ActionStep::fail("ConfigurationError", "[Git] The branch " + input.configuration.stringAt("BranchName") +
                                                        " of the repository " + repository(input) +
                                                        " could not be read. " + error.message);
    }
    return failedCall(error);
  }
};

}  // namespace

const ActionProvider& connectionSource() {
  static const ConnectionSource provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
