#include "services/codepipeline/pull_request_sources.h"

#include "services/codepipeline/triggers.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr const char* kUrlTag = "thimble:git-url";

/// Whether the connection's tag leads to a repository of CodeCommit; true when there is no such connection.
bool leadsToCodeCommit(dispatch::Context& context, const dispatch::CallWithin& call_within, const std::string& arn) {
  dispatch::Call call;
  call.identity = dispatch::Identity::root(context.account());
  call.account = context.account();
  call.region = context.region();
  call.service = "codeconnections";
  call.operation = "ListTagsForResource";
  call.input = Json::object({{"ResourceArn", arn}});
  const dispatch::CallOutcome outcome = call_within(context.transaction(), std::move(call));
  if (!outcome.ok()) return true;
  const Json& tags = outcome->output["Tags"];
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].stringAt("Key") == kUrlTag) return tags[i].stringAt("Value").find("/v1/repos/") != std::string::npos;
  }
  return false;
}

}  // namespace

base::Result<void> checkPullRequestSources(dispatch::Context& context, const dispatch::CallWithin& call_within,
                                           const Json& declaration) {
  if (!call_within || declaration["triggers"].empty()) return {};
  for (const Json& action : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
    const std::string name = action.stringAt("name");
    if (gitConfigurationOf(declaration, name)["pullRequest"].empty()) continue;
    if (leadsToCodeCommit(context, call_within, action["configuration"].stringAt("ConnectionArn"))) continue;
    return base::ApiError{"NotImplemented",
                          "Thimble does not implement triggers by pull requests of repositories elsewhere (the trigger "
                          "for " +
                              name +
                              "): git's protocol does not tell of them. Those of its own CodeCommit it knows: give the "
                              "connection the tag " +
                              kUrlTag + " with http://localhost:PORT/v1/repos/{Name}.",
                          501};
  }
  return {};
}

}  // namespace thimble::services::codepipeline
