// Triggers of pipelines of type V2: which pushes to a connection's repository, and which events of its pull
// requests, start an execution. Pure.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codepipeline {

/// Errors: InvalidStructureException, ValidationException.
base::Result<void> checkTriggers(const base::Json& declaration);

/// The gitConfiguration for a source action; null when there is none.
base::Json gitConfigurationOf(const base::Json& declaration, const std::string& action);

/// What has to be known of a change beside its names.
enum class Interest {
  None,       ///< No filter wants it.
  Files,      ///< It depends on the files that changed.
  Certainly,  ///< Whatever changed.
};

/// `reference`: "refs/heads/..." or "refs/tags/...".
Interest interestIn(const base::Json& git_configuration, const std::string& reference);
/// For Interest::Files.
bool wantsFiles(const base::Json& git_configuration, const std::string& reference,
                const std::vector<std::string>& files);

/// What happened to a pull request between two looks: "OPEN", "UPDATED", "CLOSED"; empty: nothing that AWS has an event
/// for. `before`, `now`: "OPEN COMMIT" or "CLOSED COMMIT", the commit being the source's; empty: it was not there.
std::string pullRequestEvent(const std::string& before, const std::string& now);
/// `event`: as pullRequestEvent's.
Interest interestInPullRequest(const base::Json& git_configuration, const std::string& event,
                               const std::string& branch);
/// For Interest::Files.
bool pullRequestWantsFiles(const base::Json& git_configuration, const std::string& event, const std::string& branch,
                           const std::vector<std::string>& files);

}  // namespace thimble::services::codepipeline
