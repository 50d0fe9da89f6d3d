// The providers that there are.
#pragma once

#include "services/codepipeline/actions/action.h"

namespace thimble::services::codepipeline {

const ActionProvider& s3Source();
const ActionProvider& codeCommitSource();
const ActionProvider& connectionSource();
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

}  // namespace thimble::services::codepipeline
