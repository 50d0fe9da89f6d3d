// Beginning an execution.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {

struct ExecutionRequest {
  std::string trigger_type;
  std::string trigger_detail;
  std::vector<shapes::codepipeline::PipelineVariable> variables = {};
  std::vector<shapes::codepipeline::SourceRevisionOverride> overrides = {};
};

/// Writes the rows of a new execution; of the pipeline only `pipeline` itself is changed, for the caller to put.
/// Errors: ValidationException, ConcurrentPipelineExecutionsLimitExceededException.
base::Result<rows::Execution> makeExecution(store::Transaction& transaction, platform::Random& random,
                                            base::Timestamp now, rows::Pipeline& pipeline,
                                            const ExecutionRequest& request);

/// The same, of an execution that brings one stage back to what `target` had there.
rows::Execution makeRollback(store::Transaction& transaction, platform::Random& random, base::Timestamp now,
                             rows::Pipeline& pipeline, const rows::Execution& target, std::int64_t stage,
                             const ExecutionRequest& request);

/// Writes the execution and lets the pipeline go on, all in the caller's transaction. Returns the execution's id.
/// Errors as makeExecution's.
base::Result<std::string> beginExecution(dispatch::Context& context, rows::Pipeline pipeline,
                                         const ExecutionRequest& request);

}  // namespace thimble::services::codepipeline
