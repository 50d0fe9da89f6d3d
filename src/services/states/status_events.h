// What EventBridge is told of executions: "Step Functions Execution Status Change", of Standard workflows.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
#pragma once

#include "dispatch/context.h"
#include "dispatch/process.h"
#include "services/states/execution_rows.h"

namespace thimble::services::states {

/// Costs one read of a row when nobody wants the event.
void emitStatus(dispatch::Context& context, const rows::Execution& execution, const lang::asl::Header& header);
void emitStatus(dispatch::ProcessContext& context, const rows::Execution& execution, const lang::asl::Header& header);

}  // namespace thimble::services::states
