// The providers that there are.
#pragma once

#include "services/codepipeline/actions/action.h"

namespace thimble::services::codepipeline {

const ActionProvider& s3Source();
const ActionProvider& codeCommitSource();
const ActionProvider& connectionSource();
const ActionProvider& gitHubSource();
const ActionProvider& codeBuild();
const ActionProvider& cloudFormationDeploy();
const ActionProvider& s3Deploy();
const ActionProvider& lambdaInvoke();
const ActionProvider& stepFunctionsInvoke();
const ActionProvider& manualApproval();
const ActionProvider& customJob();
// Rules of conditions.
const ActionProvider& variableCheck();
const ActionProvider& deploymentWindow();

/// How the internal operations of "thimble.codeconnections" are told of the repository of such an action.
base::Json gitHubRepository(const base::Json& configuration, const std::string& git_url, const std::string& account);

}  // namespace thimble::services::codepipeline
