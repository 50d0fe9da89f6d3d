// Source from GitHub by a token, as it was before there were connections: a branch's newest commit becomes the
// artifact. https://docs.aws.amazon.com/codepipeline/latest/userguide/appendix-github-oauth.html
#include "services/codepipeline/actions/kinds.h"
#include "services/codepipeline/actions/revision_text.h"
#include "services/codepipeline/secrets.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

class GitHubSource final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json&) const override {
    Json call = gitHubRepository(input.configuration, input.git_url, input.account);
    call.set("Reference", "refs/heads/" + input.configuration.stringAt("Branch"));
    call.set("Bucket", input.outputs.front().bucket);
    call.set("Key", input.outputs.front().key);
    if (input.override_type == "COMMIT_ID") call.set("CommitId", input.override_value);
    return ActionStep::call("thimble.codeconnections", "Archive", std::move(call));
  }

  ActionStep answered(const ActionInput& input, Json&, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) {
      return ActionStep::fail("ConfigurationError", "The branch " + input.configuration.stringAt("Branch") +
                                                        " of the repository " + repository(input) +
                                                        " could not be read. " + outcome.error().message);
    }
    const Json& answer = outcome->output;
    const std::string message = answer.stringAt("Message");
    ActionRevision revision;
    revision.id = answer.stringAt("CommitId");
    revision.summary = shortRevisionText(message);
    revision.url = "https://github.com/" + repository(input) + "/commit/" + revision.id;
    ActionReport report;
    report.external_id = revision.id;
    report.external_url = revision.url;
    report.summary = revision.summary;
    report.variables = {{"RepositoryName", input.configuration.stringAt("Repo")},
                        {"BranchName", input.configuration.stringAt("Branch")},
                        {"CommitId", revision.id},
                        {"CommitMessage", message},
                        {"CommitUrl", revision.url},
                        {"AuthorDate", dateOf(answer, "AuthorDate")},
                        {"CommitterDate", dateOf(answer, "CommitterDate")}};
    report.revision = std::move(revision);
    return ActionStep::succeed(std::move(report));
  }

  /// Reading changes nothing; an artifact that was half made has another name.
  ActionStep lost(const ActionInput& input, Json& progress) const override { return begin(input, progress); }

 private:
  static std::string repository(const ActionInput& input) {
    return input.configuration.stringAt("Owner") + "/" + input.configuration.stringAt("Repo");
  }
  static std::string dateOf(const Json& answer, const char* member) {
    return base::formatIso8601Seconds(base::Timestamp{answer[member].isInt() ? answer[member].asInt() : 0});
  }
};

}  // namespace

const ActionProvider& gitHubSource() {
  static const GitHubSource provider;
  return provider;
}

Json gitHubRepository(const Json& configuration, const std::string& git_url, const std::string& account) {
  const Json& token = configuration["OAuthToken"];
  Json repository =
      Json::object({{"FullRepositoryId", configuration.stringAt("Owner") + "/" + configuration.stringAt("Repo")},
                    {"Server", git_url}});
  // It stays sealed on its way: what is called is kept in rows.
  if (token.isObject()) repository.set("Purpose", secretPurpose(account));
  repository.set("Token", token.isObject() ? token["Sealed"] : token);
  return repository;
}

}  // namespace thimble::services::codepipeline
