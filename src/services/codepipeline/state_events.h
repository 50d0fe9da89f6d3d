// The events that CodePipeline puts on EventBridge's default bus when something changes its state.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
#pragma once

#include <string>

#include "dispatch/process.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

/// `state`: STARTED, RESUMED, SUCCEEDED, FAILED, STOPPING, STOPPED, SUPERSEDED, CANCELED or, of actions, ABANDONED.
void emitPipelineState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline,
                       const rows::Execution& execution, const std::string& state);
void emitStageState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline, const rows::Execution& execution,
                    const std::string& stage, const std::string& state);
void emitActionState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline,
                     const rows::Execution& execution, const rows::Action& action, const std::string& state);

/// The state of an event for a status of an execution, a stage or an action.
std::string eventState(const std::string& status);

}  // namespace thimble::services::codepipeline
