// A pipeline as a durable process: one for all of its executions, because they share its stages.
//
// Signals: {"type": "advance"} when something changed that may let executions go on; {"type": "stop", "sequence",
// "abandon"}; {"type": "retry", "sequence", "stage", "all"}; {"type": "approval", ...} and {"type": "job", ...} with an
// action's result; {"type": "sourceChanged", "action", "revision"};
// {"type": "referencesChanged", "action", "triggers", "changes": [{"reference", "from", "to", "start"}]}; {"type":
// "delete"}.
#pragma once

#include "dispatch/authorization.h"
#include "dispatch/process.h"

namespace thimble::services::codepipeline {

class PipelineProcess final : public dispatch::ProcessKind {
 public:
  explicit PipelineProcess(dispatch::Authorizer& authorizer) : authorizer_(authorizer) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  dispatch::Authorizer& authorizer_;
};

}  // namespace thimble::services::codepipeline
