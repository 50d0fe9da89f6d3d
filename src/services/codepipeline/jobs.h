// Jobs of custom actions, of partners' actions and of functions: what is the same for all of them.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "dispatch/context.h"
#include "platform/sealer.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

/// Whose operations a job is answered by.
enum class JobOwner { Account, Partner };

/// A job of the caller's account and of that owner. Errors: JobNotFoundException.
base::Result<rows::Job> findJob(dispatch::Context& context, JobOwner owner, const std::string& id);
/// InvalidJobStateException unless the job is in progress, and so can be answered.
base::Result<void> checkOpen(const rows::Job& job);
/// The first who acknowledges has the job; others see that it is in progress. Errors: InvalidNonceException.
base::Result<std::string> acknowledge(dispatch::Context& context, rows::Job job, const std::string& id,
                                      const std::string& nonce);

/// JobData of a job; null when its action is gone.
base::Json dataOf(dispatch::Context& context, const platform::Sealer& sealer, const rows::Job& job);

/// Calls `visit` with each job of that action type that waits for a poller, until it returns false. Errors:
/// ActionTypeNotFoundException.
base::Result<void> eachWaitingJob(dispatch::Context& context, const base::Json& action_type_id,
                                  const std::function<bool(const std::string& id, const rows::Job& job)>& visit);

/// Tells the job's pipeline of its result.
void answerJob(dispatch::Context& context, const rows::Job& job, base::Json result);

/// Results, of the input of an operation that tells of one.
template <class Input>
base::Json successOf(const Input& input) {
  base::Json result = base::Json::object({{"result", input.continuationToken_ ? "continue" : "success"}});
  if (input.continuationToken_) result.set("token", *input.continuationToken_);
  if (input.executionDetails_) result.set("details", toJson(*input.executionDetails_));
  if (input.currentRevision_) result.set("revision", toJson(*input.currentRevision_));
  return result;
}
template <class Input>
base::Json failureOf(const Input& input) {
  const auto& details = input.failureDetails_;
  base::Json result =
      base::Json::object({{"result", "failure"}, {"code", details.type_}, {"message", details.message_}});
  if (details.externalExecutionId_) {
    result.set("details", base::Json::object({{"externalExecutionId", *details.externalExecutionId_}}));
  }
  return result;
}

}  // namespace thimble::services::codepipeline
