// The providers that there are.
#pragma once

#include "services/codepipeline/actions/action.h"

namespace thimble::services::codepipeline {

const ActionProvider& s3Source();
const ActionProvider& lambdaInvoke();
const ActionProvider& manualApproval();
const ActionProvider& customJob();

}  // namespace thimble::services::codepipeline
